"""The picture of how many needles it takes."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from rh_lens import HeadScores, plots
from rh_lens.experiments.top_overlap_curve import TopOverlapCurve


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def curve():
    scores = HeadScores("copying score", torch.rand(4, 2, 4), ({}, {}, {}, {}))
    rows = [
        ("all needles", 1, 0.5, 0.2, 0.7),
        ("all needles", 4, 1.0, 1.0, 1.0),
        ("as many others", 1, 0.3, 0.1, 0.6),
    ]
    frame = pd.DataFrame(rows, columns=["against", "needles", "mean", "low", "high"])
    return TopOverlapCurve(scores, 2, frame, draws=7, seed=3)


def test_lines_are_the_means_and_bands_the_draws(curve):
    ax = plots.top_overlap(curve)
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines[:2]}
    assert lines == {
        "with all needles": [[1, 0.5], [4, 1.0]],
        "with as many others": [[1, 0.3]],
    }
    band = ax.collections[0].get_paths()[0].vertices
    assert sorted({y for x, y in band.tolist() if x == 1}) == [0.2, 0.7]


def test_lines_differ_in_more_than_colour(curve):
    one, other = plots.top_overlap(curve).lines[:2]
    assert one.get_color() != other.get_color()
    assert one.get_marker() != other.get_marker()
    assert one.get_linestyle() != other.get_linestyle()


def test_chance_has_a_line(curve):
    chance = plots.top_overlap(curve).lines[2]
    assert chance.get_label() == "by chance"
    assert list(chance.get_ydata()) == [0.25, 0.25], "two of eight"


def test_the_axes_say_what_was_held_against_what(curve):
    ax = plots.top_overlap(curve)
    assert ax.get_xlabel() == "needles used"
    assert ax.get_ylabel() == "share of the top 2 in common"
    assert ax.get_title() == "copying score, mean over 4 of 4 cases"
    assert "7 draws of needles, seed 3" in str(ax.get_label())


def test_a_curve_is_drawn_on_the_axes_it_is_given(curve):
    ax = plt.subplots()[1]
    assert plots.top_overlap(curve, ax=ax) is ax
