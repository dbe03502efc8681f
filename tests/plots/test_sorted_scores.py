"""The picture of heads in the order of their scores."""

import matplotlib.pyplot as plt
import pytest
import torch

from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def scores():
    """Three heads in two cases: one always half, one once all, one never."""
    values = torch.tensor([[[0.5, 0.0, 0.8]], [[0.5, 0.0, 0.0]]])
    return HeadScores("copying score", values, ({"needle": "a"}, {"needle": "b"}))


def line(ax):
    return list(zip(*ax.lines[0].get_data(), strict=True))


def dots(ax):
    (twin,) = set(ax.figure.axes) - {ax}
    return [tuple(dot) for dot in twin.collections[0].get_offsets().tolist()]


def test_scores_fall_from_the_strongest_head_on(scores):
    ax = plots.sorted_scores(scores)
    assert line(ax) == [pytest.approx(at) for at in [(1, 0.5), (2, 0.4), (3, 0.0)]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("heads, strongest first", "copying score")
    assert ax.get_title() == "mean over 2 of 2 cases"


def test_each_head_has_a_dot_at_the_share_of_cases_in_which_it_is_active(scores):
    ax = plots.sorted_scores(scores)
    assert dots(ax) == [(1, 1.0), (2, 0.5), (3, 0.0)]
    (twin,) = set(ax.figure.axes) - {ax}
    assert twin.get_ylabel() == "share of cases with a score above 0"


def test_two_shares_have_one_scale_and_other_scores_their_own(scores):
    ax = plots.sorted_scores(scores)
    (twin,) = set(ax.figure.axes) - {ax}
    assert ax.get_ylim() == twin.get_ylim()
    effect = HeadScores("effect", torch.tensor([[[3.0, -1.0]]]), ({},))
    low, high = plots.sorted_scores(effect).get_ylim()
    assert low < -1
    assert high > 3


def test_the_strongest_are_named_where_they_are_unless_they_score_nothing(scores):
    ax = plots.sorted_scores(scores, name=3)
    assert {text.get_text(): text.xy for text in ax.texts} == {
        "L0H0": (1.0, pytest.approx(0.5)),
        "L0H2": (2.0, pytest.approx(0.4)),
    }


def test_as_many_heads_are_drawn_as_are_asked_for(scores):
    ax = plots.sorted_scores(scores, count=2)
    assert len(line(ax)) == len(dots(ax)) == 2


def test_a_band_is_the_interval_of_each_head(scores):
    ax = plots.sorted_scores(scores, level=0.95)
    corners = ax.collections[0].get_paths()[0].vertices
    at_two = sorted({round(float(y), 3) for x, y in corners if x == 2})
    assert at_two == [0.0, 0.8], "one needle of two, drawn twice or never"
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert said == ["copying score", "active", "95% interval"]


def test_sorted_scores_are_drawn_on_the_axes_they_are_given(scores):
    ax = plt.subplots()[1]
    assert plots.sorted_scores(scores, ax=ax) is ax
