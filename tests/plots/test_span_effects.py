"""The picture of effects by layer and stretch of the text."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from rh_lens import plots
from rh_lens.scores.span_scores import SpanScores


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def table(*rows):
    return pd.DataFrame(rows, columns=["layer", "span", "effect"])


EFFECTS = table((0, "needle", 0.8), (0, "answer", 0.01), (1, "needle", -0.4), (1, "needle", 0.0))


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def cells(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), np.nan)


def test_layers_go_down_and_spans_across_in_the_order_given():
    ax = plots.span_effects(EFFECTS)
    assert labels(ax.xaxis) == ["needle", "answer"]
    assert labels(ax.yaxis) == ["0", "1"]
    np.testing.assert_allclose(cells(ax), [[0.8, 0.01], [-0.2, np.nan]])
    assert ax.yaxis_inverted()
    assert labels(plots.span_effects(EFFECTS[::-1]).yaxis) == ["1", "0"]


@pytest.mark.parametrize("effects", [(0.8, -0.4), (0.1, -2.0), (0.0, 0.0)])
def test_colours_part_at_zero_and_reach_as_far_either_way(effects):
    rows = [(0, "needle", effects[0]), (1, "needle", effects[1])]
    image = plots.span_effects(table(*rows)).images[0]
    furthest = max(map(abs, effects)) or 1.0
    assert image.get_clim() == (-furthest, furthest)
    red, _, blue, _ = image.cmap(image.norm(-furthest))
    assert blue > red


def test_what_was_not_measured_is_hatched():
    ax = plots.span_effects(EFFECTS, label="restored")
    assert ax.patch.get_hatch() == "////"
    assert ax.images[0].colorbar.ax.get_ylabel() == "restored\n(hatched: not measured)"
    whole = plots.span_effects(EFFECTS[EFFECTS["span"] == "needle"])
    assert whole.patch.get_hatch() is None


def test_numbers_stand_where_the_effect_is_worth_one():
    texts = plots.span_effects(EFFECTS).texts
    assert {text.get_text(): text.xy for text in texts} == {"0.80": (0, 0), "-0.20": (0, 1)}


def test_scores_by_span_are_drawn_as_their_means():
    values = torch.tensor([[[0.2, 1.0]], [[0.4, math.nan]]])
    scores = SpanScores("patching", values, ("cue", "needle"), ({}, {}))
    ax = plots.span_effects(scores, label="restored")
    np.testing.assert_allclose(cells(ax), [[0.3, 1.0]], atol=1e-6)
    assert labels(ax.xaxis) == ["cue", "needle"]
    assert ax.images[0].colorbar.ax.get_ylabel() == "restored"
    assert ax.get_title() == "mean over 2 of 2 cases"


def test_a_model_of_many_layers_names_some_of_them():
    rows = [(layer, "needle", layer / 100) for layer in range(100)]
    assert labels(plots.span_effects(table(*rows)).yaxis)[:3] == ["0", "3", "6"]


def test_effects_are_drawn_on_the_axes_they_are_given():
    ax = plt.subplots()[1]
    assert plots.span_effects(EFFECTS, ax=ax) is ax


def test_nothing_measured_and_a_table_of_another_kind_are_told():
    with pytest.raises(ValueError, match="no effect was measured"):
        plots.span_effects(EFFECTS.assign(effect=math.nan))
    with pytest.raises(ValueError, match="no column 'span', only"):
        plots.span_effects(EFFECTS.drop(columns="span"))
