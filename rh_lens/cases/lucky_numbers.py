"""Lucky numbers: sentences that state them in one text, and a question about some."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.invented import ADJECTIVES, NOUNS
from rh_lens.cases.niah import check_grid
from rh_lens.cases.passage import Passage, continuation
from rh_lens.cases.pose import pose
from rh_lens.cases.prompt import Prompt, PromptFormat

AFTER_TEXT = Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


@dataclass(frozen=True)
class Quiz:
    """Keys and their numbers in the order of the text, and which are asked for in what order."""

    told: list[tuple[str, str]]
    asked: list[int]
    depths: list[float]


def randomness(seed: int, count: int, facts: int) -> random.Random:
    most = len(ADJECTIVES) * len(NOUNS)
    if count < 1 or not 2 <= facts <= most:
        raise ValueError(
            f"got {facts} numbers and count={count}: ask for 2 to {most} numbers to a prompt, and "
            "for at least one case"
        )
    return random.Random(seed)


def keyed_numbers(draw: random.Random, count: int) -> list[tuple[str, str]]:
    keys = draw.sample([f"{one} {other}" for one in ADJECTIVES for other in NOUNS], count)
    values = draw.sample(range(10**6, 10**7), count)
    return [(key, str(value)) for key, value in zip(keys, values, strict=True)]


def random_depths(draw: random.Random, count: int) -> list[float]:
    return sorted(draw.random() for _ in range(count))


def lucky_numbers(
    task: str,
    quizzes: Sequence[Quiz],
    tokenizer: Any,
    lengths: Iterable[int],
    haystack: Haystack | None,
    prompt: PromptFormat,
    seed: int,
) -> list[Case]:
    """Every quiz, hidden in a prompt of every length."""
    lengths = list(lengths)
    check_grid(len(quizzes), lengths, quizzes[0].depths)
    hay = Hay.of(tokenizer, haystack or Haystack(), max(lengths))
    labels: Labels = {"task": task, "seed": seed}
    return [_case(hay, quiz, length, prompt, labels) for quiz in quizzes for length in lengths]


def _case(hay: Hay, quiz: Quiz, length: int, prompt: PromptFormat, labels: Labels) -> Case:
    facts = [
        (_sentence(key, value, quiz.asked.index(place) if place in quiz.asked else None), depth)
        for place, ((key, value), depth) in enumerate(zip(quiz.told, quiz.depths, strict=True))
    ]
    keys = list(dict.fromkeys(quiz.told[place][0] for place in quiz.asked))
    values = [quiz.told[place][1] for place in quiz.asked]
    if len(values) == 1:
        stem = f"The lucky number of the {keys[0]} is"
        question = f"What is the lucky number of the {keys[0]}?"
    else:
        what = f"lucky numbers of the {', '.join(keys)}"
        stem, question = f"The {what} are", f"What are all the {what}?"
    tokens, spans = hay.around(facts, length, question, prompt, stem=stem)
    answers = tuple(spans[f"answer {rank}"][0] for rank in range(len(values)))
    kept = {name: at for name, at in spans.items() if not name.startswith("answer ")}
    own: Labels = {
        "length": length,
        "facts": len(facts),
        "asked": len(values),
        "position": quiz.asked[0],
        "needle": ", ".join(keys),
    }
    case = pose(
        hay.tokenizer, tokens, {**kept, "answer": answers[:1]}, values[0], {**labels, **own}
    )
    if len(values) == 1:
        return case
    every = continuation(hay.tokenizer, stem, ", ".join(values))
    return replace(case, answer=every, spans={**case.spans, "answers": answers})


def _sentence(key: str, value: str, rank: int | None) -> Passage:
    """The sentence that states a number, and how early the number is asked for, if at all."""
    stem = Passage(f"A lucky number of the {key} is ")
    if rank is None:
        return (stem + Passage(f"{value}.")).named("distractors")
    return (stem + Passage(value).named(f"answer {rank}") + Passage(".")).named("fact")
