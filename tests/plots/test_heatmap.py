"""The picture of scores, and its files."""

import math

import matplotlib.pyplot as plt
import pytest
import torch

from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def of(*layers, **labels):
    return HeadScores("copying score", torch.tensor([layers]), (labels,))


def named(ax):
    return {text.get_text(): text.get_position() for text in ax.texts}


def test_a_heatmap_is_drawn_on_the_axes_it_is_given():
    ax = plt.subplots()[1]
    assert plots.heatmap(of([0.1, 0.9]), ax=ax) is ax
    assert plots.heatmap(of([0.1, 0.9])) is not ax


def test_the_strongest_heads_are_named_where_they_are():
    scores = of([0.1, 0.9, 0.2], [0.0, 0.3, 0.8])
    ax = plots.heatmap(scores, name=2)
    assert named(ax) == {"L0H1": (1, 0), "L1H2": (2, 1)}
    assert named(plots.heatmap(scores, name=0)) == {}


def test_what_is_drawn_are_the_means_over_passed_cases():
    values = torch.tensor([[[0.0, 1.0]], [[0.5, 1.0]], [[math.nan] * 2]])
    ax = plots.heatmap(HeadScores("copying score", values, ({}, {}, {})))
    assert ax.images[0].get_array().tolist() == [[0.25, 1.0]]
    assert ax.get_title() == "mean over 2 of 3 cases"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("head", "layer")
    assert ax.images[0].colorbar.ax.get_ylabel() == "copying score"


def test_the_scale_begins_at_zero_or_below_it():
    for lowest, start in ((0.4, 0.0), (-0.5, -0.5)):
        ax = plots.heatmap(of([lowest, 0.9]))
        assert ax.images[0].get_clim() == pytest.approx((start, 0.9))


@pytest.mark.parametrize("heads", [[0.0, 0.0], [-0.5, -0.2], [0.3, math.nan]])
def test_scores_without_a_positive_or_a_measured_head_are_drawn(heads, tmp_path):
    plots.save(plots.heatmap(of(heads)), tmp_path / "heads.png")


def test_a_head_that_was_not_measured_stays_blank_and_unnamed():
    ax = plots.heatmap(of([0.3, math.nan]))
    assert ax.images[0].get_array().mask.tolist() == [[False, True]]
    assert list(named(ax)) == ["L0H0"]


def test_a_name_can_be_read_on_its_colour():
    dark, bright = (text.get_color() for text in plots.heatmap(of([1.0, 0.1]), name=2).texts)
    assert (dark, bright) == ("black", "white")


def test_nothing_measured_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no head has a copying score"):
        plots.heatmap(of([math.nan, math.nan]))


@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_is_written_by_its_ending_and_closed(tmp_path, ending, begins):
    ax = plots.heatmap(of([0.1, 0.9]))
    plots.save(ax, tmp_path / f"heads.{ending}")
    assert (tmp_path / f"heads.{ending}").read_bytes().startswith(begins)
    assert not plt.fignum_exists(ax.figure.number)


def test_a_figure_of_several_plots_is_saved_whole(tmp_path):
    figure, (left, right) = plt.subplots(1, 2)
    plots.heatmap(of([0.1, 0.9]), ax=left)
    plots.save(plots.heatmap(of([0.2, 0.3]), ax=right), str(tmp_path / "two.svg"))
    assert (tmp_path / "two.svg").read_text().count("copying score") == 2
    assert not plt.fignum_exists(figure.number)
