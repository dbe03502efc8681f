"""The picture of two scores against each other."""

import math

import matplotlib.pyplot as plt
import pytest
import torch

import rh_lens as rh
from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def row(name, *heads):
    return HeadScores(name, torch.tensor([[heads]]), ({},))


@pytest.fixture
def three():
    return rh.compare(
        mine=row("retrieval score", 0.9, 0.1, 0.2, 0.0),
        yours=row("induction score", 0.3, 0.8, 0.1, 0.0),
        copying=row("copying score", 0.5, math.nan, 0.4, 0.3),
    )


def dots(ax):
    return [tuple(at) for at in ax.collections[0].get_offsets().tolist()]


def named(ax):
    return {text.get_text(): text.xy for text in ax.texts}


def test_there_is_a_dot_for_every_head_at_its_two_scores(three):
    ax = plots.scatter(three, "yours", "mine")
    assert dots(ax) == [
        pytest.approx(at) for at in [(0.3, 0.9), (0.8, 0.1), (0.1, 0.2), (0.0, 0.0)]
    ]
    assert ax.get_title() == "4 heads"


def test_the_axes_say_which_score_of_whom(three):
    ax = plots.scatter(three, "yours", "mine")
    assert ax.get_xlabel() == "yours: induction score"
    assert ax.get_ylabel() == "mine: retrieval score"


def test_by_default_the_first_two_scores_are_drawn(three):
    assert dots(plots.scatter(three)) == dots(plots.scatter(three, "mine", "yours"))


def test_a_scatter_is_drawn_on_the_axes_it_is_given(three):
    ax = plt.subplots()[1]
    assert plots.scatter(three, ax=ax) is ax


def test_the_strongest_of_each_score_are_named_once_where_they_are(three):
    assert named(plots.scatter(three, name=1)) == {
        "L0H0": pytest.approx((0.9, 0.3)),
        "L0H1": pytest.approx((0.1, 0.8)),
    }
    assert sorted(named(plots.scatter(three, name=2))) == ["L0H0", "L0H1", "L0H2"]
    assert named(plots.scatter(three, name=0)) == {}


def test_a_third_score_colours_the_dots_and_drops_heads_without_it(three):
    ax = plots.scatter(three, colour="copying")
    assert ax.collections[0].get_array().tolist() == pytest.approx([0.5, 0.4, 0.3])
    assert ax.collections[0].colorbar.ax.get_ylabel() == "copying: copying score"
    assert ax.get_title() == "3 heads"
    assert "L0H1" not in named(ax)


def test_a_score_can_colour_its_own_axis_and_be_drawn_against_itself(three):
    assert plots.scatter(three, colour="mine").get_title() == "4 heads"
    assert dots(plots.scatter(three, "mine", "mine"))[0] == pytest.approx((0.9, 0.9))


def test_lines_stand_where_the_thresholds_are(three):
    across, upwards = plots.scatter(three, thresholds=(0.1, 0.4)).lines
    assert list(across.get_xdata()) == [0.1, 0.1]
    assert list(upwards.get_ydata()) == [0.4, 0.4]
    assert list(plots.scatter(three).lines) == []


def corners(ax):
    return [text.get_text() for text in ax.texts if text.get_fontstyle() == "italic"]


def test_each_quarter_says_which_heads_it_holds_and_how_many(three):
    ax = plots.scatter(three, "yours", "mine", thresholds=(0.3, 0.2), name=0)
    assert corners(ax) == ["both: 1", "mine only: 1", "yours only: 1", "neither: 1"]
    at = {text.get_text(): text.xy for text in ax.texts}
    assert at["mine only: 1"] == (0, 1), "strong upwards, weak across"
    assert at["yours only: 1"] == (1, 0)
    assert corners(plots.scatter(three)) == []


def test_a_head_at_the_threshold_is_strong_as_in_quadrants():
    pair = {"x": row("s", 0.7, 0.1, 0.0), "y": row("s", 0.3, 0.7, 0.0)}
    ax = plots.scatter(rh.compare(**pair), thresholds=(0.7, 0.7), name=0)
    found = rh.induction_vs_retrieval(
        pair["x"], pair["y"], retrieval_threshold=0.7, induction_threshold=0.7
    )
    assert len(found.retrieval_only) == len(found.induction_only) == 1
    assert corners(ax) == ["both: 0", "y only: 1", "x only: 1", "neither: 1"]


def test_heads_without_both_scores_are_in_no_quarter(three):
    ax = plots.scatter(three, "copying", "yours", thresholds=(0.1, 0.5), name=0)
    assert corners(ax) == ["both: 0", "yours only: 0", "copying only: 3", "neither: 0"]


def test_the_title_names_the_model_if_there_is_one():
    def of(model):
        return HeadScores("s", torch.tensor([[[0.1, 0.2]]]), ({},), {"model": {"name": model}})

    same, other = rh.compare(a=of("gpt2"), b=of("gpt2")), rh.compare(a=of("gpt2"), b=of("opt"))
    assert plots.scatter(same).get_title() == "2 heads of gpt2"
    assert plots.scatter(other).get_title() == "2 heads"


def test_heads_at_zero_are_not_called_the_strongest(three):
    assert "L0H3" not in named(plots.scatter(three, name=4))


@pytest.mark.parametrize("names", [("his",), ("mine", "his"), ("mine", "yours", "his")])
def test_a_score_that_is_not_there_is_told_the_ones_that_are(three, names):
    x, y, colour = (*names, None, None)[:3]
    with pytest.raises(ValueError, match=r"no score 'his' to draw: there are \['mine', 'yours'"):
        plots.scatter(three, x, y, colour=colour)


def test_heads_without_both_scores_are_nothing_to_draw():
    pair = rh.compare(a=row("score", 0.5, math.nan), b=row("score", math.nan, 0.5))
    with pytest.raises(ValueError, match="no head has been measured in a and b"):
        plots.scatter(pair)
