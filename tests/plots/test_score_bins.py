"""The picture of how few heads are strong."""

import math

import matplotlib.pyplot as plt
import pytest
import torch

from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def of(*heads):
    return HeadScores("copying score", torch.tensor([[list(heads)]]), ({},))


SEVEN = of(0.0, -0.3, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9, math.nan, 0.0)  # nine of them measured
TWO = of(0.0, 0.6)


def bars(ax):
    """Of each row, where its parts begin and how long they are."""
    rows = {}
    for patch in ax.patches:
        row = round(patch.get_y() + patch.get_height() / 2)
        rows.setdefault(row, []).append((patch.get_x(), patch.get_width()))
    return rows


def test_the_parts_of_a_bar_are_the_shares_of_its_bins():
    found = bars(plots.score_bins({"seven": SEVEN, "two": TWO}))
    ninths = [(0, 3), (3, 1), (4, 3), (7, 2)]
    assert found[0] == [pytest.approx((start / 9, share / 9)) for start, share in ninths]
    assert found[1] == [pytest.approx(at) for at in [(0, 0.5), (0.5, 0), (0.5, 0), (0.5, 0.5)]]


def test_bars_are_named_and_the_first_is_on_top():
    ax = plots.score_bins({"seven": SEVEN, "two": TWO})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["seven", "two"]
    assert ax.yaxis_inverted()


def test_beside_a_bar_stands_how_many_heads_are_strong():
    texts = {text.get_text(): text.xy for text in plots.score_bins({"a": SEVEN, "b": TWO}).texts}
    assert texts["55.6% of 9"] == (1.0, 0)
    assert texts["50.0% of 2"] == (1.0, 1)


def test_parts_with_room_have_their_share_in_them():
    heads = of(*[0.0] * 49, 0.6)
    said = [text.get_text() for text in plots.score_bins({"a": heads}).texts]
    assert said == ["98%", "2.0% of 50", "at 0.1 or more"]


def test_the_key_names_the_bins_and_what_was_scored():
    legend = plots.score_bins({"a": SEVEN, "b": TWO}).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "=0", "(0, 0.1)", "[0.1, 0.5)", ">=0.5",
    ]  # fmt: skip
    assert legend.get_title().get_text() == "copying score"


def test_parts_have_the_colour_that_the_key_gives_them():
    ax = plots.score_bins({"a": SEVEN, "b": TWO})
    key = [handle.get_facecolor() for handle in ax.get_legend().get_patches()]
    assert [patch.get_facecolor() for patch in ax.patches] == key * 2
    assert len(set(key)) == 4


def test_bins_are_drawn_on_the_axes_they_are_given():
    ax = plt.subplots()[1]
    assert plots.score_bins({"a": TWO}, ax=ax) is ax
