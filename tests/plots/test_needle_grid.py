"""The picture of accuracy by length and depth."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rh_lens import plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def table(*rows):
    return pd.DataFrame(rows, columns=["length", "depth", "value"])


BEFORE = table((512, 0.0, 1.0), (512, 0.5, 0.5), (128, 0.5, 0.9), (128, 0.5, 0.7))
AFTER = table((512, 0.0, 0.25), (1024, 1.0, 0.0))


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def cells(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), np.nan)


def test_lengths_go_across_and_depths_down_and_equal_places_are_averaged():
    (ax,) = plots.needle_grid(BEFORE)
    assert labels(ax.xaxis) == ["128", "512"]
    assert labels(ax.yaxis) == ["0%", "50%"]
    np.testing.assert_allclose(cells(ax), [[np.nan, 1.0], [0.8, 0.5]])
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("length", "depth", "")


def test_numbers_are_per_cent_where_something_was_measured():
    (ax,) = plots.needle_grid(BEFORE)
    assert {text.get_text(): text.xy for text in ax.texts} == {
        "100": (1, 0),
        "80": (0, 1),
        "50": (1, 1),
    }


def test_before_and_after_share_places_and_scale():
    left, right = plots.needle_grid(BEFORE, AFTER, titles=("all heads", "without 10"))
    assert (left.get_title(), right.get_title()) == ("all heads", "without 10")
    for ax in (left, right):
        assert labels(ax.xaxis) == ["128", "512", "1024"]
        assert labels(ax.yaxis) == ["0%", "50%", "100%"]
        assert ax.images[0].get_clim() == (0, 1)
    np.testing.assert_allclose(
        cells(right), [[np.nan, 0.25, np.nan], [np.nan] * 3, [np.nan, np.nan, 0.0]]
    )
    (bar,) = set(left.figure.axes) - {left, right}
    assert bar.get_ylabel() == "needles found\n(hatched: not measured)"
    assert left.patch.get_hatch() == right.patch.get_hatch() == "////"


def test_a_grid_is_drawn_on_the_axes_it_is_given():
    axes = list(plt.subplots(1, 2)[1])
    assert plots.needle_grid(BEFORE, AFTER, axes=axes) == axes
    with pytest.raises(ValueError, match="got 2 axes for 1 tables"):
        plots.needle_grid(BEFORE, axes=axes)


def test_a_table_of_another_kind_is_told():
    with pytest.raises(ValueError, match="no column 'value', only"):
        plots.needle_grid(BEFORE.rename(columns={"value": "accuracy"}))
    with pytest.raises(ValueError, match="lies from 0 to 1"):
        plots.needle_grid(table((512, 0.0, 93.0)))
