"""The picture of scores."""

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


def test_heads_without_a_score_are_not_called_the_strongest():
    assert list(named(plots.heatmap(of([0.0, 0.9, -0.2]), name=3))) == ["L0H1"]


def test_the_half_width_of_an_interval_stands_beneath_a_name():
    two = HeadScores("score", torch.tensor([[[0.0]], [[1.0]]]), ({"needle": 1}, {"needle": 2}))
    ax = plots.heatmap(two, level=0.95)
    assert [text.get_text() for text in ax.texts] == ["L0H0\n±.50"]
    assert ax.get_title().endswith("±: half of the 95% interval")


def test_names_too_wide_for_their_cells_stand_beside_them():
    values = torch.zeros(1, 40, 50)
    values[0, 7, 20] = 1.0
    ax = plots.heatmap(HeadScores("score", values, ({},)))
    (text,) = ax.texts
    (frame,) = ax.patches
    assert (text.get_text(), text.xy) == ("L7H20", (20, 7))
    assert (frame.get_x(), frame.get_y(), frame.get_width()) == (19.5, 6.5, 1)
    ax.figure.draw_without_rendering()
    assert not text.get_window_extent().padded(-1).overlaps(frame.get_window_extent())


def brackets(ax):
    return [tuple(line.get_xdata()) for line in ax.lines if line.get_gid() == "key-value head"]


def test_brackets_stand_over_query_heads_of_one_key_value_head():
    grouped = HeadScores(
        "score", torch.rand(1, 2, 6), ({},), {"model": {"name": "m", "n_key_value_heads": 3}}
    )
    ax = plots.heatmap(grouped)
    assert [(round(left), round(right)) for left, right in brackets(ax)] == [(0, 1), (2, 3), (4, 5)]
    between = [line.get_xdata()[0] for line in ax.lines if line.get_gid() is None]
    assert between == [1.5, 3.5]
    (top,) = ax.child_axes
    assert top.get_xlabel() == "key-value head"
    assert list(top.get_xticks()) == [0.5, 2.5, 4.5]


@pytest.mark.parametrize("groups", [None, 6])
def test_there_are_no_brackets_where_every_head_has_its_own_key_value_head(groups):
    known = {"model": {"n_key_value_heads": groups}}
    ax = plots.heatmap(HeadScores("score", torch.rand(1, 2, 6), ({},), known))
    assert brackets(ax) == []
    assert ax.child_axes == []


def test_a_map_of_key_value_heads_has_no_brackets():
    known = {"model": {"n_heads": 6, "n_key_value_heads": 3}}
    scores = HeadScores("score", torch.rand(1, 2, 6), ({},), known).kv_groups()
    assert brackets(plots.heatmap(scores)) == []


def test_the_title_says_of_which_model_and_over_how_many_cases():
    values = torch.tensor([[[0.5]], [[math.nan]]])
    named = HeadScores("score", values, ({}, {}), {"model": {"name": "gpt2"}})
    assert plots.heatmap(named).get_title() == "gpt2\nmean over 1 of 2 cases"
    listed = HeadScores("gate", values[:1], ({"found": True},), {"source": "gates.tsv"})
    assert plots.heatmap(listed).get_title() == "gates.tsv\none value for each head"


def test_what_is_drawn_are_the_means_over_passed_cases():
    values = torch.tensor([[[0.0, 1.0]], [[0.5, 1.0]], [[math.nan] * 2]])
    ax = plots.heatmap(HeadScores("copying score", values, ({}, {}, {})))
    assert ax.images[0].get_array().tolist() == [[0.25, 1.0]]
    assert ax.get_title() == "mean over 2 of 3 cases"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("head", "layer")
    assert ax.images[0].colorbar.ax.get_ylabel() == "copying score"


@pytest.mark.parametrize(
    ("heads", "ends"),
    [((0.4, 0.9), (0, 0.9)), ((-0.5, 0.9), (-0.9, 0.9)), ((-2.0, 0.9), (-2, 2)), ((0, 0), (0, 1))],
)
def test_the_scale_begins_at_zero_or_has_it_in_the_middle(heads, ends):
    image = plots.heatmap(of([float(head) for head in heads])).images[0]
    assert image.get_clim() == pytest.approx(ends)


def test_harm_is_blue_and_help_is_red_and_nothing_is_the_page():
    for style, page in (("default", 1.0), ("dark_background", 0.0)):
        with plt.style.context(style):
            image = plots.heatmap(of([-1.0, 0.0, 1.0])).images[0]
        below, nothing, above = (image.cmap(image.norm(value)) for value in (-0.8, 0.0, 0.8))
        assert below[2] > below[0]
        assert above[0] > above[2]
        assert nothing[:3] == pytest.approx((page,) * 3, abs=0.02)


@pytest.mark.parametrize("heads", [[0.0, 0.0], [-0.5, -0.2], [0.3, math.nan]])
def test_scores_without_a_positive_or_a_measured_head_are_drawn(heads, tmp_path):
    plots.save(plots.heatmap(of(heads)), tmp_path / "heads.png")


def test_a_head_that_was_not_measured_is_hatched_and_unnamed():
    ax = plots.heatmap(of([0.3, math.nan]))
    assert ax.patch.get_hatch() == "////"
    assert ax.images[0].colorbar.ax.get_ylabel() == "copying score\n(hatched: not measured)"
    assert plots.heatmap(of([0.3, 0.1])).patch.get_hatch() is None
    assert ax.images[0].get_array().mask.tolist() == [[False, True]]
    assert list(named(ax)) == ["L0H0"]


def test_a_name_can_be_read_on_its_colour():
    dark, bright = (text.get_color() for text in plots.heatmap(of([1.0, 0.1]), name=2).texts)
    assert (dark, bright) == ("black", "white")


def test_nothing_measured_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no head has a copying score"):
        plots.heatmap(of([math.nan, math.nan]))
