"""The picture of heads that copy."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
import torch

from rh_lens import Head, plots
from rh_lens.experiments.copy_trace import CopyTrace

HEADS = (Head(2, 2), Head(3, 1))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def trace():
    """Two steps. The needle is at 11 and 12; one head copies both, the other looks before it once,
    and then out of the picture."""
    attention = torch.zeros(2, 2, 4)
    attention[0, 0, 1], attention[0, 1, 2], attention[1, 0, 0] = 0.9, 0.3, 0.7
    writes = 5 * attention
    writes[1, 0, 0] = -4.0
    writes[1, 1, 3] = 0.2
    parts = ("embeddings", "L2H2", "L3H1", "biases")
    return CopyTrace(
        heads=HEADS,
        said=(" on", "$x$"),
        window=range(10, 14),
        seen=("\n", " on", "$x$", "a\\b_c"),
        needle=range(11, 13),
        found=True,
        attention=attention,
        top=torch.tensor([[11, 12], [10, 3]]),
        repeats=torch.tensor([[True, True], [False, False]]),
        writes=writes,
        logit=torch.tensor([6.0, 2.0]),
        logit_parts=torch.ones(2, 4),
        scores=torch.ones(2, 2),
        by_key=torch.ones(2, 2, 4),
        by_query=torch.ones(2, 2, 4),
        parts=parts,
    )


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def frames(ax):
    return [(patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in ax.patches]


def test_each_head_has_a_panel_of_its_attention_on_one_scale(trace):
    panels = plots.copy_trace(trace)
    assert len(panels) == 2
    for ax, attention in zip(panels, trace.attention, strict=True):
        assert torch.equal(torch.as_tensor(ax.images[0].get_array().data), attention)
        assert ax.images[0].get_clim() == (0, 1)
    assert [ax.get_title() for ax in panels] == ["L2H2: copied 2 of 2", "L3H1: copied 0 of 2"]
    (bar,) = set(panels[0].figure.axes) - set(panels)
    assert bar.get_ylabel() == "attention"


def test_tokens_are_shown_as_they_are(trace):
    ax = plots.copy_trace(trace)[0]
    assert labels(ax.xaxis) == ["\\n", "␣on", "$x$", "a\\b_c"]
    assert labels(ax.yaxis) == ["␣on", "$x$"]
    assert not any(
        label.get_parse_math() for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]
    )


def test_writes_are_numbers_unless_they_are_small(trace):
    left, right = plots.copy_trace(trace)
    assert {text.get_text(): text.xy for text in left.texts} == {"4.5": (1, 0), "1.5": (2, 1)}
    assert {text.get_text(): text.xy for text in right.texts} == {"-4.0": (0, 0)}


def test_a_number_can_be_read_on_its_colour(trace):
    bright, dark = plots.copy_trace(trace)[0].texts
    assert (bright.get_color(), dark.get_color()) == ("black", "white")


def test_the_hardest_look_is_framed_if_it_is_in_the_picture(trace):
    left, right = plots.copy_trace(trace)
    assert frames(left) == [(1, 0), (2, 1)]
    assert frames(right) == [(0, 0)]


def test_lines_bound_the_needle(trace):
    lines = plots.copy_trace(trace)[0].lines
    assert [line.get_xdata()[0] for line in lines] == [0.5, 2.5]


def test_what_was_not_written_down_leaves_the_attention_to_see(trace):
    unknown = replace(trace, writes=torch.full_like(trace.writes, torch.nan))
    ax = plots.copy_trace(unknown)[0]
    assert list(ax.texts) == []
    assert len(ax.images) == 1


def test_a_trace_is_drawn_on_the_axes_it_is_given_one_for_each_head(trace):
    axes = plt.subplots(1, 2)[1]
    assert plots.copy_trace(trace, axes=list(axes)) == list(axes)
    with pytest.raises(ValueError, match="got 1 axes for 2 heads"):
        plots.copy_trace(trace, axes=[axes[0]])
