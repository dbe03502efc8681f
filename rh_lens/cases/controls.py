"""Controls: the same cases with the needle taken out, or with somebody else's in its place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from rh_lens.cases.case import Case


def without_needle(cases: Sequence[Case]) -> list[Case]:
    """The same prompts with the fact cut out: what the model answers now, it knew or guessed.

    The answer stays what it was and `needle` is empty, so a score of copying it is NaN.
    """
    return [_with_fact_of(case, None) for case in cases]


def wrong_needle(cases: Sequence[Case]) -> list[Case]:
    """The same prompts with the fact of the next needle: a question that the text does not answer.

    The answer stays what it was; `needle` is where the other needle's answer stands. What a head
    earns here it earns for looking at any needle, asked for or not. Answer with `TeacherForced`:
    a model that reads rightly passes none of these.
    """
    donors: dict[Any, Case] = {}
    for case in cases:
        donors.setdefault(case.labels.get("needle"), case)
    names = list(donors)
    if len(names) < 2:
        raise ValueError(
            f"a wrong needle needs cases of two needles or more, got {len(names)}: "
            "make the cases from several needles"
        )
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    return [_with_fact_of(case, donors[following[case.labels.get("needle")]]) for case in cases]


def _with_fact_of(case: Case, donor: Case | None) -> Case:
    """`case` with its fact replaced by the donor's, every span moved along."""
    fact = _only_fact(case)
    told = _only_fact(donor) if donor else range(0)
    new = donor.tokens[told.start : told.stop] if donor else case.tokens[:0]
    grown = len(new) - len(fact)

    def moved(span: range) -> range:
        start = span.start if span.start <= fact.start else span.start + grown
        return range(start, span.stop if span.stop <= fact.start else span.stop + grown)

    spans = {name: tuple(map(moved, at)) for name, at in case.spans.items() if name != "fact"}
    tokens = torch.cat([case.tokens[: fact.start], new, case.tokens[fact.stop :]])
    labels = {**case.labels, "tokens": len(tokens), "control": "without_needle"}
    needle = range(0)
    if donor is not None:
        spans["fact"] = (range(fact.start, fact.start + len(new)),)
        shift = fact.start - told.start
        needle = range(donor.needle.start + shift, donor.needle.stop + shift)
        labels |= {"control": "wrong_needle", "wrong_needle": donor.labels.get("needle")}
    return replace(case, tokens=tokens, needle=needle, spans=spans, labels=labels)


def _only_fact(case: Case) -> range:
    facts = case.span("fact")
    if len(facts) != 1:
        raise ValueError(
            f"a control takes out the one fact of a case, and this one tells {len(facts)}: "
            "use a task with a single needle"
        )
    return facts[0]
