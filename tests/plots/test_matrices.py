"""The pictures of scores held against each other."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import rh_lens as rh
from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def of(*heads):
    return HeadScores("score", torch.tensor([[list(heads)]]), ({},))


@pytest.fixture
def three():
    """`b` is `a` with a mistake; `c` is `a` backwards."""
    return rh.compare(a=of(0.1, 0.2, 0.3, 0.4), b=of(0.1, 0.2, 0.8, 0.4), c=of(0.4, 0.3, 0.2, 0.1))


def cells(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), np.nan)


def numbers(ax):
    return {text.xy[::-1]: text.get_text() for text in ax.texts}


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_every_correlation_stands_in_its_cell_as_a_colour_and_a_number(three):
    ax = plots.correlations(three, kind="spearman")
    np.testing.assert_allclose(cells(ax), [[1, 0.8, -1], [0.8, 1, -0.8], [-1, -0.8, 1]])
    assert numbers(ax)[0, 1] == "0.80"
    assert numbers(ax)[2, 0] == "-1.00"
    assert names(ax.xaxis) == names(ax.yaxis) == ["a", "b", "c"]
    assert ax.images[0].get_clim() == (-1, 1)


def test_pearson_is_drawn_unless_another_is_asked_for(three):
    ax = plots.correlations(three)
    expected = np.corrcoef([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.8, 0.4])[0, 1]
    assert cells(ax)[0, 1] == pytest.approx(expected)
    assert ax.images[0].colorbar.ax.get_ylabel() == "Pearson's r"
    kendall = plots.correlations(three, kind="kendall")
    assert kendall.images[0].colorbar.ax.get_ylabel() == "Kendall's tau"


def test_the_title_says_over_how_many_heads(three):
    assert plots.correlations(three).get_title() == "over 4 heads"
    pair = rh.compare(a=of(0.1, 0.2, 0.3), b=of(0.3, math.nan, 0.1))
    assert plots.correlations(pair).get_title().startswith("over 2 to 3 heads")


def test_a_score_that_is_the_same_for_every_head_is_hatched():
    ax = plots.correlations(rh.compare(a=of(0.1, 0.2), b=of(0.2, 0.1), flat=of(0.5, 0.5)))
    assert np.isnan(cells(ax)[2]).all()
    assert ax.patch.get_hatch() == "////"


def test_many_names_go_without_numbers():
    many = rh.compare(**{f"s{i}": of(0.1, 0.2, float(i)) for i in range(20)})
    assert len(plots.correlations(many).texts) == 0


def test_agreement_has_rank_correlations_above_and_the_top_below(three):
    ax = plots.agreement(three, top=2)
    expected = [[1, 0.8, -1], [1.0, 1, -0.8], [0.0, 0.0, 1]]
    np.testing.assert_allclose(cells(ax), expected)
    first = plots.agreement(three, top=1)
    np.testing.assert_allclose(cells(first)[1], [0, 1, -0.8])


def test_agreement_says_what_is_where_and_what_chance_gives(three):
    above, below = plots.agreement(three, top=2).get_title().split("\n")
    assert above == "above: Spearman's rho over 4 heads"
    assert below == "below: share of the top 2 in common (0.50 by chance)"


def test_heads_that_tie_share_the_last_places():
    ax = plots.agreement(rh.compare(a=of(1.0, 0.0, 0.0), b=of(1.0, 0.0, 0.5)), top=2)
    assert cells(ax)[1, 0] == pytest.approx((1 + 0.5) / 2)


def test_scores_without_a_head_in_common_are_hatched_in_both_halves():
    apart = rh.compare(
        a=of(0.1, 0.2, math.nan, math.nan), b=of(math.nan, math.nan, 0.1, 0.2),
        c=of(0.1, 0.4, 0.3, 0.2),
    )  # fmt: skip
    drawn = cells(plots.agreement(apart, top=1))
    assert np.isnan([drawn[0, 1], drawn[1, 0]]).all()
    assert not np.isnan([drawn[0, 2], drawn[2, 0]]).any()


@pytest.mark.parametrize("top", [0, 4, 9])
def test_a_top_of_none_or_of_all_heads_is_refused(three, top):
    with pytest.raises(ValueError, match=rf"got a top {top} of 4 heads: ask for one or more"):
        plots.agreement(three, top=top)


def test_matrices_are_drawn_on_the_axes_they_are_given(three):
    left, right = plt.subplots(1, 2)[1]
    assert plots.correlations(three, ax=left) is left
    assert plots.agreement(three, top=2, ax=right) is right
