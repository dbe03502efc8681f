"""Every position of a question belongs to one stretch of it."""

import pytest
import torch

import rh_lens as rh
from rh_lens.cases.partition import partition, stretch

TOKENS = torch.arange(12)
SPANS = {"fact": (range(2, 7),), "question": (range(8, 10),), "haystack": (range(1, 8),)}
CASE = rh.Case(TOKENS, torch.tensor([4, 5]), range(4, 6), spans=SPANS)  # 12 tokens, 1 told


def at(parts):
    return {name: where.nonzero().flatten().tolist() for name, where in parts.items()}


def test_a_prompt_divides_as_it_does_by_hand():
    assert at(partition(CASE)) == {
        "before": [0, 1],
        "cue": [2, 3, 6],
        "answer": [4, 5],
        "question": [8, 9],
        "after": [7, 10],
        "last": [11, 12],
    }


def test_a_cue_that_is_marked_goes_before_the_fact():
    marked = rh.Case(TOKENS, CASE.answer, CASE.needle, spans={**SPANS, "cue": (range(2, 4),)})
    assert at(partition(marked))["cue"] == [2, 3]
    assert at(partition(marked))["after"] == [6, 7, 10]


def test_stretches_that_meet_share_nothing():
    crowded = rh.Case(TOKENS, CASE.answer, range(4, 6), spans={"question": (range(5, 12),)})
    parts = partition(crowded)
    assert torch.stack(list(parts.values())).sum(dim=0).eq(1).all()
    assert at(parts) == {
        "before": [0, 1, 2, 3],
        "answer": [4, 5],
        "question": [6, 7, 8, 9, 10],
        "last": [11, 12],
    }


def test_a_case_without_marks_is_what_comes_before_its_end():
    bare = rh.Case(TOKENS, torch.tensor([4]), range(0))
    assert at(partition(bare)) == {"before": list(range(11)), "last": [11]}


def test_hidden_needles_divide_without_a_rest(answered_hay):
    for case in answered_hay:
        parts = partition(case)
        assert list(parts) == ["before", "cue", "answer", "question", "after", "last"]
        assert torch.stack(list(parts.values())).sum(dim=0).eq(1).all()


@pytest.fixture
def answered_hay(tokenizer, english, haystack):
    return rh.niah(tokenizer, english, haystack, [256], [0, 0.5, 1])


def test_a_stretch_is_one_of_the_parts_a_span_or_all():
    assert stretch(CASE, "cue").nonzero().flatten().tolist() == [2, 3, 6]
    assert stretch(CASE, "haystack").nonzero().flatten().tolist() == list(range(1, 8))
    assert stretch(CASE, "all").tolist() == [True] * 13


def test_a_stretch_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ValueError, match=r"no stretch 'query': choose among \['before', 'cue'"):
        stretch(CASE, "query")
