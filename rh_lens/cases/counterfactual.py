"""Counterfactual facts: a text that contradicts what every model knows."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.needle import Needle
from rh_lens.cases.niah import niah
from rh_lens.cases.passage import continuation
from rh_lens.cases.prompt import Prompt, PromptFormat
from rh_lens.cases.world import WORLD, WorldFact


def counterfactual(
    tokenizer: Any,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    count: int = 8,
    haystack: Haystack | None = None,
    prompt: PromptFormat = Prompt(),
    seed: int = 0,
) -> list[Case]:
    """Needles that state something false: does the model say what it read, or what it knows?

    "The capital of France is Warsaw." is hidden as `niah` does, and asked for. The answer is what
    the text says; the case's `rival` is the truth. The falsehood is the truth about another subject
    of the same kind, with as many tokens as this one's truth and another first token, so that the
    two can be weighed token for token. In-context against parametric knowledge, on our own list of
    facts; `closed_book` asks the same without the text.

    Args:
        count: How many facts are drawn, each of them hidden at every length and depth.

    Returns:
        Cases with the spans and labels of `niah`, `kind` being the relation (capital, language,
        author, young), and the labels truth and seed.
    """
    choices = {fact: _falsehoods(tokenizer, fact) for fact in WORLD}
    usable = [fact for fact in WORLD if choices[fact]]
    if not 1 <= count <= len(usable):
        raise ValueError(
            f"count is {count}: ask for 1 to {len(usable)} facts, for which this tokenizer spells "
            "a false answer with as many tokens as the true one"
        )
    draw = random.Random(seed)
    drawn = draw.sample(usable, count)
    needles = []
    for fact in drawn:
        falsehood = draw.choice(choices[fact])
        needles.append(
            Needle(fact.stating(falsehood), fact.question, falsehood, fact.relation.name)
        )
    cases = niah(tokenizer, needles, haystack or Haystack(), lengths, depths, prompt=prompt)
    asked = {fact.question: fact for fact in drawn}
    return [_against(tokenizer, case, asked[str(case.labels["needle"])], seed) for case in cases]


def _against(tokenizer: Any, case: Case, fact: WorldFact, seed: int) -> Case:
    rival = continuation(tokenizer, fact.stem, fact.truth)
    own: Labels = {"task": "counterfactual", "truth": fact.truth, "seed": seed}
    return replace(case, rival=rival, labels={**case.labels, **own})


def _falsehoods(tokenizer: Any, fact: WorldFact) -> list[str]:
    """Other answers of the fact's relation that align with the truth and differ from its start."""
    true = continuation(tokenizer, fact.stem, fact.truth)
    others = dict.fromkeys(answer for _, answer in fact.relation.truths if answer != fact.truth)
    spelt = {answer: continuation(tokenizer, fact.stem, answer) for answer in others}
    return [
        answer
        for answer, tokens in spelt.items()
        if len(tokens) == len(true) and tokens[0] != true[0]
    ]
