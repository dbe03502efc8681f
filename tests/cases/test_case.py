"""A case is one question: its identity is its content, and its spans lie inside it."""

from dataclasses import replace

import pytest
import torch

import rh_lens as rh


@pytest.fixture
def case():
    return rh.Case(
        tokens=torch.tensor([0, 5, 6, 7, 8, 9]),
        answer=torch.tensor([6, 7]),
        needle=range(2, 4),
        labels={"length": 6, "depth": 0.5},
        spans={"fact": (range(1, 4),), "question": (range(4, 6),)},
    )


def test_the_digest_of_a_case_is_the_same_on_every_machine(case):
    assert case.digest == "aedca224addbd5b0"


def test_the_digest_does_not_depend_on_how_the_numbers_are_held(case):
    assert replace(case, tokens=case.tokens.int()).digest == case.digest
    assert replace(case, spans=dict(reversed(case.spans.items()))).digest == case.digest


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": torch.tensor([0, 5, 6, 7, 8, 8])},
        {"answer": torch.tensor([6])},
        {"needle": range(2, 3)},
        {"spans": {"fact": (range(1, 4),)}},
        {"spans": {"fact": (range(1, 4),), "question": (range(5, 6),)}},
        {"spans": {"fact": (range(1, 4),), "queried": (range(4, 6),)}},
        {"rival": torch.tensor([8, 9])},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_question_has_another_digest(case, change):
    assert replace(case, **change).digest != case.digest


def test_what_a_case_is_called_does_not_change_what_it_asks(case):
    assert replace(case, labels={"length": 7}).digest == case.digest


@pytest.mark.parametrize(
    "outside", [range(4, 7), range(-1, 2), range(6, 8), range(3, 1, -1), range(0, 4, 2)]
)
def test_spans_outside_the_prompt_are_refused(case, outside):
    with pytest.raises(ValueError, match=r"'needle' is .* has 6 tokens: give positions inside"):
        replace(case, needle=outside)
    with pytest.raises(ValueError, match=r"'fact' is .* has 6 tokens: give positions inside"):
        replace(case, spans={"fact": (range(0, 1), outside)})


def test_a_case_may_hold_no_needle(case):
    assert len(replace(case, needle=range(0)).needle) == 0


def test_a_span_is_found_by_name_or_the_names_are_listed(case):
    assert case.span("fact") == (range(1, 4),)
    with pytest.raises(ValueError, match=r"no span 'stem', only \['fact', 'question'\]"):
        case.span("stem")
