"""How scores show: what a reader sees first."""

import math

import pytest
import torch

from rh_lens import Head, HeadScores

MODEL = {"name": "tiny", "class": "TransformerBridge", "dtype": "float32"}
ORIGIN = {"model": MODEL, "scorer": "Copies(at=2)", "answering": "Greedy()"}


@pytest.fixture
def scores():
    """Heads of 0, 0.1, ... 1.1 in four cases of two needles, and a failed case of a third."""
    values = torch.arange(12).reshape(1, 3, 4).repeat(5, 1, 1) / 10
    values[4] = math.nan
    labels = tuple({"needle": needle, "found": needle != "c"} for needle in "aabbc")
    return HeadScores("copying score", values, labels, ORIGIN)


def test_the_strongest_heads_come_first_and_no_more_than_asked_for(scores):
    lines = scores.table(3).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["L2H3", "L2H2", "L2H1"]
    assert lines[1].split()[1:] == ["1.100", "1.100", "to", "1.100", "100%", "100%"]
    assert lines[4] == ""


def test_printing_says_how_the_numbers_came_about(scores):
    shown = repr(scores)
    assert "copying score of 3 layers of 4 heads: 1 =0, 0 (0, 0.1), 4 [0.1, 0.5), 7 >=0.5" in shown
    assert "over the 4 of 5 cases the model answered" in shown
    assert "tiny (TransformerBridge, float32), Copies(at=2), Greedy()" in shown


def test_only_needles_that_were_answered_count_as_drawn(scores):
    assert "bootstrap over needles (2)" in repr(scores)


def test_cases_without_a_needle_are_drawn_themselves(scores):
    bare = HeadScores("score", scores.values[:4], ({}, {}, {}, {}))
    assert "bootstrap over cases (4)" in repr(bare)


def test_what_one_needle_cannot_tell_is_a_dash(scores):
    row = scores.where(needle="a").table(1).splitlines()[1]
    assert row.split() == ["L2H3", "1.100", "-", "100%", "-"]


def test_scores_of_nothing_say_so(scores):
    shown = repr(scores.where(needle="c"))
    assert shown.startswith("no head was measured")
    assert "over the 0 of 1 cases" in shown


def test_scores_of_a_half_known_model_still_print(scores):
    known = HeadScores("s", scores.values, scores.labels, {"model": {"n_key_value_heads": 2}})
    assert "L2H3" in repr(known)
    assert known.kv_groups()[Head(2, 1)] == known[Head(2, 3)]


def test_a_notebook_shows_text_and_never_markup_of_others(scores):
    evil = {"model": {**MODEL, "name": "<script>alert(1)</script>"}, "scorer": "<b>", "seed": None}
    html = HeadScores("<i>score</i>", scores.values, scores.labels, evil)._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html
    assert "L2H3" in html
