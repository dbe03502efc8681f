"""Names beside dots, and colours that can be told apart."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rh_lens.plots.colours import BLUE, GREY, ORANGE, SKY, contrast, diverging, ink
from rh_lens.plots.names import beside


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def boxes(ax):
    ax.figure.draw_without_rendering()
    return [plt.Text.get_window_extent(text) for text in ax.texts]


def crowd(seed, count):
    return np.random.default_rng(seed).normal(0.5, 0.02, (count, 2))


def drawn(dots):
    ax = plt.subplots(figsize=(5, 4), layout="constrained")[1]
    ax.scatter(*dots.T, s=16)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    return ax


def test_names_of_dots_that_lie_close_do_not_lie_on_each_other():
    dots = crowd(0, 12)
    ax = drawn(dots)
    beside(ax, {f"L{i}H{i}": (x, y) for i, (x, y) in enumerate(dots.tolist())}, dots=dots)
    assert len(ax.texts) == 12
    assert not any(one.overlaps(other) for one, other in combinations(boxes(ax), 2))


def test_a_name_stands_close_to_a_lonely_dot_and_hides_no_dot():
    dots = np.array([[0.5, 0.5]])
    ax = drawn(dots)
    beside(ax, {"L3H1": (0.5, 0.5)}, dots=dots)
    (box,) = boxes(ax)
    x, y = ax.transData.transform((0.5, 0.5))
    assert not box.contains(x, y)
    assert 0 < np.hypot(box.x0 - x, box.y0 - y) < 12
    assert ax.texts[0].arrow_patch is None


def test_a_name_that_must_stand_away_has_a_line_to_its_dot():
    dots = crowd(1, 300)
    ax = drawn(dots)
    beside(ax, {"L3H1": (0.5, 0.5)}, dots=dots)
    assert ax.texts[0].arrow_patch is not None


@pytest.mark.parametrize("corner", [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
def test_names_stay_on_the_axes(corner):
    dots = np.array([corner])
    ax = drawn(dots)
    beside(ax, {"L30H31": corner}, dots=dots)
    (box,) = boxes(ax)
    assert ax.bbox.contains(*box.min)
    assert ax.bbox.contains(*box.max)


def test_names_leave_free_what_was_written_before():
    dots = np.array([[0.5, 0.5]])
    ax = drawn(dots)
    ax.annotate("written before\nand below", (0.5, 0.5), fontsize=9)
    beside(ax, {"L3H1": (0.5, 0.5)}, dots=dots)
    one, other = boxes(ax)
    assert not one.overlaps(other)


def test_no_names_leave_the_axes_as_they_are():
    ax = drawn(crowd(0, 3))
    beside(ax, {}, dots=crowd(0, 3))
    assert len(ax.texts) == 0


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("black", "white", 21), ("red", "white", 3.998), ("b", "b", 1)]
)
def test_contrast_is_that_of_the_web_guidelines(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_ink_is_read_on_every_colour():
    greys = [(level, level, level) for level in np.linspace(0, 1, 50).tolist()]
    assert min(contrast(ink(grey), grey) for grey in greys) > 4.5


@pytest.mark.parametrize("page", ["black", "white"])
def test_marks_can_be_seen_on_the_page(page):
    assert min(contrast(colour, page) for colour in (BLUE, GREY, ORANGE, SKY)) > 2.2


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_two_hues_part_as_far_on_either_side(style):
    with plt.style.context(style):
        ax = plt.subplots()[1]
        colours = [diverging(ax)(share)[:3] for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
        page = ax.get_facecolor()[:3]
    strength = [contrast(colour, page) for colour in colours]
    assert strength[0] > strength[1] > strength[2] < strength[3] < strength[4]
    assert strength[0] == pytest.approx(strength[4], rel=0.25)
