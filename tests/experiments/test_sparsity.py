"""How few heads hold a score, by hand."""

import math

import pandas as pd
import pytest
import torch

import rh_lens as rh
from rh_lens.experiments.sparsity import sparsity


def scores(*layers, needles=("a",)):
    """The same scores on a case of each needle."""
    values = torch.tensor([layers] * len(needles), dtype=torch.float32)
    labels = tuple({"needle": needle, "found": True} for needle in needles)
    return rh.HeadScores("retrieval score", values, labels)


def test_the_gini_coefficient_is_that_of_its_definition():
    assert sparsity(scores([0, 0, 0, 1])).gini == pytest.approx(3 / 4)
    assert sparsity(scores([0.2, 0.2], [0.2, 0.2])).gini == pytest.approx(0)
    assert sparsity(scores([0.4, 0.1], [0.3, 0.2])).gini == pytest.approx(0.25)


def test_a_score_that_nobody_has_is_neither_sparse_nor_even():
    nobody = sparsity(scores([0, 0]))
    assert math.isnan(nobody.gini)
    assert math.isnan(nobody.centre)
    assert nobody.half == 0


def test_half_of_the_score_is_held_by_the_fewest_heads_that_reach_it():
    assert sparsity(scores([0.1, 0.4, 0.2, 0.3])).half == 2
    assert sparsity(scores([0.2, 0.5, 0.3])).half == 1
    assert sparsity(scores([0.1] * 10)).half == 5
    assert sparsity(scores([0.0, 0.0, 0.3])).half == 1


def test_a_head_at_the_threshold_is_above_it():
    found = sparsity(scores([0.1, 0.09, 0.5, 0.0]))
    assert found.above == 0.5
    assert sparsity(scores([0.1, 0.09, 0.5, 0.0]), threshold=0.3).above == 0.25


def test_heads_that_were_not_measured_are_no_heads():
    found = sparsity(scores([0.0, 1.0, math.nan, math.nan]))
    assert found.gini == pytest.approx(1 / 2)
    assert found.above == 0.5
    assert found.layers["sum"].tolist() == [1.0]
    assert found.frame().loc[0, "heads"] == 2


def test_scores_below_zero_count_as_zero_and_are_told():
    below, zero = (sparsity(scores([least, 0.0, 0.5, 0.25])) for least in (-3.0, 0.0))
    assert (below.gini, below.half, below.centre) == (zero.gini, zero.half, zero.centre)
    assert (below.negative, zero.negative) == (1, 0)
    assert "1 scores below 0 count as 0" in str(below)
    assert below.bins["heads"].tolist() == zero.bins["heads"].tolist() == [2, 0, 1, 1]


def test_bins_have_shares_of_the_measured_heads():
    bins = sparsity(scores([0.0, 0.05, 0.2, 0.3], [0.9, 0.0, 0.0, math.nan])).bins
    assert bins.loc["=0", "share"] == pytest.approx(3 / 7)
    assert bins.loc["[0.1, 0.5)", "share"] == pytest.approx(2 / 7)
    assert bins["share"].sum() == pytest.approx(1)


def test_the_layers_say_where_the_score_is():
    found = sparsity(scores([0.1, 0.0], [0.2, 0.3], [0.4, 0.0]))
    assert found.layers["sum"].tolist() == pytest.approx([0.1, 0.5, 0.4])
    assert found.layers["share"].tolist() == pytest.approx([0.1, 0.5, 0.4])
    assert found.layers["heads >= 0.1"].tolist() == [1, 2, 1]
    assert found.centre == pytest.approx(0.5 + 2 * 0.4)


def two_needles():
    """One head in four scores 0.3 on every case of one needle and nothing on the other's."""
    values = torch.zeros(6, 1, 4)
    values[:3, 0, 0] = 0.3
    labels = tuple({"needle": needle, "found": True} for needle in "aaabbb")
    return rh.HeadScores("retrieval score", values, labels)


def test_the_interval_draws_needles():
    """Means of 0.3, 0.15 and 0 are drawn, in shares of a quarter, a half and a quarter."""
    found = sparsity(two_needles())
    assert found.above == 0.25
    assert found.interval() == (0.0, 0.25)
    assert found.interval(level=0.1) == (0.25, 0.25)
    assert sparsity(two_needles(), threshold=0.2).interval(level=0.2) == (0.0, 0.0)
    assert sparsity(two_needles(), threshold=0.29).interval(level=0.6) == (0.0, 0.25)
    at_threshold = sparsity(scores([0.5, 0.0], needles="ab"), threshold=0.5)
    assert at_threshold.interval() == (0.5, 0.5)


def test_one_needle_says_nothing_of_the_next():
    found = sparsity(scores([0.3, 0.0], needles=["a", "a", "a"]))
    assert all(map(math.isnan, found.interval()))
    assert "95 % interval -" in str(found)


def test_frames_of_models_can_be_stacked():
    table = pd.concat([sparsity(two_needles()).frame(), sparsity(scores([0.5] * 10)).frame()])
    assert table["share >= 0.1"].tolist() == [0.25, 1.0]
    assert table["half"].tolist() == [1, 5]
    assert table["share =0"].tolist() == [0.75, 0.0]
    assert table["high"].tolist()[0] == 0.25


def test_scores_of_no_head_are_refused():
    with pytest.raises(ValueError, match="no head has a retrieval score"):
        sparsity(scores([math.nan, math.nan]))
