"""Multi-document questions: several short biographies, of which one answers."""

import random
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.biography import ATTRIBUTES, MOST, biographies
from rh_lens.cases.case import Case, Labels, Spans
from rh_lens.cases.invented import FIRST_NAMES
from rh_lens.cases.passage import Passage
from rh_lens.cases.pose import pose
from rh_lens.cases.prompt import Prompt, PromptFormat

ONE_ANSWERS = Prompt(
    "One of these documents answers the question below them.\n\n{haystack}\n\n"
    "Question: {question}\nAnswer:"
)


def documents(
    tokenizer: Any,
    count: int = 20,
    *,
    distractors: int = 9,
    namesakes: int = 1,
    prompt: PromptFormat = ONE_ANSWERS,
    seed: int = 0,
) -> list[Case]:
    """Questions about one invented person, in a prompt of documents about many.

    A document has a person's name as its title and five sentences in random order, each stating
    one attribute of that person; no attribute is shared within a prompt. The question asks for one
    attribute of one person. From case to case, the document that answers ("gold") moves evenly from
    the first place to the last. The arrangement is that of Liu et al. 2023 (arXiv:2307.03172), the
    words are ours; since all people are invented, no model knows the answer.

    Args:
        distractors: Documents beside the gold one, at most 99. Nine make the paper's prompt of ten.
        namesakes: How many of them are about people with the surname of the person asked about.

    Returns:
        Cases with the spans "haystack", "documents" (each of them, in order), "gold",
        "distractors", "fact" (the sentence that answers) and "question", and the labels task,
        documents (how many), position (of gold, from 0), namesakes, seed, tokens and needle (the
        question). The case's `needle` is where the answer stands in the fact.
    """
    most = len(FIRST_NAMES) - 1
    if count < 1 or not 1 <= distractors < MOST or not 0 <= namesakes <= min(distractors, most):
        raise ValueError(
            f"got count={count}, distractors={distractors} and namesakes={namesakes}: ask for at "
            f"least one case, 1 to {MOST - 1} distractors, and at most {most} of them as namesakes"
        )
    draw = random.Random(seed)
    size = 1 + distractors
    cases = []
    for number in range(count):
        asked, *others = biographies(draw, size, namesakes)
        attribute = draw.randrange(len(ATTRIBUTES))
        needle = asked.needle(attribute)
        written = [other.passage(_shuffled(draw)) for other in others]
        draw.shuffle(written)
        place = number * size // count
        written.insert(place, asked.passage(_shuffled(draw), asked=attribute))
        filled = prompt.fill(_listed(written, place), needle.question, needle.stem)
        tokens, spans = prompt.tokenize(tokenizer, filled)
        labels: Labels = {
            "task": "documents",
            "documents": size,
            "position": place,
            "namesakes": namesakes,
            "seed": seed,
            "needle": needle.question,
        }
        cases.append(pose(tokenizer, tokens, spans, needle.answer, labels))
    return cases


def null_query(
    tokenizer: Any,
    count: int = 20,
    *,
    distractors: int = 9,
    namesakes: int = 1,
    prompt: PromptFormat = ONE_ANSWERS,
    seed: int = 0,
) -> list[Case]:
    """The cases of `documents` with "N/A" for a question: what a head attends to in any case.

    The same arguments give, case by case, the same documents, answer, needle and labels; the label
    `control` is added. A head's score on `documents` less its score here is calibrated as in Zhang
    et al. 2025 (arXiv:2506.09944).
    """
    cases = documents(
        tokenizer,
        count,
        distractors=distractors,
        namesakes=namesakes,
        prompt=NotAsking(prompt),
        seed=seed,
    )
    return [replace(case, labels={**case.labels, "control": "null_query"}) for case in cases]


@dataclass(frozen=True)
class NotAsking(PromptFormat):
    """Another format, with "N/A" in the question's place."""

    asking: PromptFormat

    def fill(self, haystack: Passage, question: str, stem: str) -> Passage:
        return self.asking.fill(haystack, "N/A", "")

    def tokenize(self, tokenizer: Any, passage: Passage) -> tuple[Int[Tensor, " pos"], Spans]:
        return self.asking.tokenize(tokenizer, passage)


def _shuffled(draw: random.Random) -> list[int]:
    return draw.sample(range(len(ATTRIBUTES)), len(ATTRIBUTES))


def _listed(written: list[Passage], gold: int) -> Passage:
    """Documents with their headings, one a line."""
    text = Passage("")
    for place, document in enumerate(written):
        headed = Passage(f"Document [{place + 1}]") + document
        role = "gold" if place == gold else "distractors"
        text += Passage("\n" if place else "") + headed.named(role).named("documents")
    return text
