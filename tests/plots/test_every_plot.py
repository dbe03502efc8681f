"""What holds for all plots: every kind of score, light and dark, and what cannot be drawn."""

import math
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import pandas as pd
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from plots.drawn import cut_off, faint, hidden

import rh_lens as rh
from rh_lens import Head, HeadScores, plots
from rh_lens.experiments.copy_trace import CopyTrace
from rh_lens.experiments.top_overlap_curve import top_overlap_curve
from rh_lens.plots.obtained import described

MODEL = {"name": "a-model/of-8-heads", "n_heads": 8, "n_key_value_heads": 4}
KNOWN = {"model": MODEL, "scorer": "RetrievalScore()", "answering": "Greedy()"}
NEEDLES = tuple({"needle": f"needle {i % 3}", "case": i} for i in range(6))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def some(seed, *shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def gappy(values):
    values = values.clone()
    values[:, 0, 2] = math.nan
    values[1] = math.nan
    return values


RETRIEVAL = HeadScores("retrieval score", some(0, 6, 4, 8) ** 4, NEEDLES, KNOWN)
KINDS = {
    "retrieval": RETRIEVAL,
    "a signed effect": HeadScores("effect", some(1, 6, 4, 8) * 3 - 1.5, NEEDLES, KNOWN),
    "harm alone": HeadScores("effect", -some(2, 6, 4, 8), NEEDLES, KNOWN),
    "with gaps": HeadScores("retrieval score", gappy(some(3, 6, 4, 8)), NEEDLES, KNOWN),
    "all zero": HeadScores("retrieval score", torch.zeros(6, 4, 8), NEEDLES, KNOWN),
    "without cases": HeadScores("OV copying", some(4, 1, 4, 8), ({"found": True},), KNOWN),
    "one head": HeadScores("retrieval score", some(5, 6, 1, 1), NEEDLES, {}),
    "2000 heads": HeadScores("retrieval score", some(6, 6, 40, 50) ** 6, NEEDLES, KNOWN),
    "nothing measured": HeadScores("score", torch.full((6, 4, 8), math.nan), NEEDLES, KNOWN),
    "no case": HeadScores("score", torch.zeros(0, 4, 8), (), KNOWN),
}


def beside_noise(scores):
    noise = some(9, *scores.values.shape)
    return rh.compare(this=scores, noise=HeadScores("noise", noise, scores.labels, KNOWN))


PLOTS = {
    "heatmap": plots.heatmap,
    "sorted_scores": plots.sorted_scores,
    "score_bins": lambda scores: plots.score_bins({"this": scores, "that": scores}),
    "correlations": lambda scores: plots.correlations(beside_noise(scores)),
    "agreement": lambda scores: plots.agreement(beside_noise(scores), top=5),
    "scatter": lambda scores: plots.scatter(
        beside_noise(scores), colour="noise", thresholds=(0.3, 0.5)
    ),
    "top_overlap": lambda scores: plots.top_overlap(top_overlap_curve(scores, count=5, draws=20)),
}
REFUSED = {
    ("correlations", "all zero"): "two or more that differ",
    ("correlations", "one head"): "two or more that differ",
    ("agreement", "one head"): "got a top 5 of 1 heads",
    ("top_overlap", "one head"): "got a top 5 of 1 heads",
    ("top_overlap", "without cases"): "score cases of two or more",
    ("correlations", "nothing measured"): "give scores that measured the same heads",
    ("agreement", "nothing measured"): "give scores that measured the same heads",
    ("scatter", "nothing measured"): "no head has been measured in this and noise",
    ("top_overlap", "nothing measured"): "score cases of two or more",
}
REFUSED |= {(plot, "no case"): words for (plot, kind), words in REFUSED.items() if "noth" in kind}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plot", PLOTS)
def test_every_kind_of_score_is_drawn_or_told_what_to_do(plot, kind):
    empty = kind in ("nothing measured", "no case")
    told = REFUSED.get((plot, kind), "score cases that hold a needle" if empty else "")
    if told:
        with pytest.raises(ValueError, match=told):
            PLOTS[plot](KINDS[kind])
        return
    ax = PLOTS[plot](KINDS[kind])
    width, height = ax.figure.get_size_inches()
    assert 3 < width < 12
    assert 1.5 < height < 12
    assert described(KINDS[kind]) in str(ax.get_label()), "for who cannot see it"


def table_of_needles():
    rows = [
        (length, depth, length / 1024 - depth / 4) for length in (256, 1024) for depth in (0, 1)
    ]
    return pd.DataFrame(rows, columns=["length", "depth", "value"])[:3]


def ablated():
    rows = [
        (name, name != "ranking", count, 1 - count / 9 * (name == "ranking"), 0.1, 0.9)
        for name in ("ranking", "one", "two")
        for count in (0, 2, 5)
    ]
    return pd.DataFrame(rows, columns=["heads", "control", "count", "mean", "low", "high"])


def network():
    graph = nx.MultiDiGraph(model=MODEL, scorer="circuit")
    graph.add_edge("embeddings", "L0H1", "v", effect=0.3)
    graph.add_edge("L0H1", "L2H3", "k", effect=-1.0)
    graph.add_edge("L2H3", "logits", "logits", effect=2.0)
    return graph


def spans():
    rows = [(layer, span, (layer - 1) * 0.4) for layer in range(3) for span in ("cue", "needle")]
    return pd.DataFrame(rows, columns=["layer", "span", "effect"])[:5]


def traced(n_heads=2, n_steps=3):
    shape = (n_heads, n_steps, 4)
    return CopyTrace(
        heads=tuple(Head(1, index) for index in range(n_heads)),
        said=("on", " the", " 9th")[:n_steps],
        window=range(5, 9),
        seen=("it", " opens", " on", " the"),
        needle=range(7, 9),
        found=True,
        attention=some(7, *shape),
        top=torch.full(shape[:2], 7),
        repeats=torch.ones(shape[:2], dtype=torch.bool),
        writes=some(8, *shape),
        logit=torch.ones(n_steps),
        logit_parts=torch.ones(n_steps, 1),
        scores=torch.ones(shape[:2]),
        by_key=torch.ones(n_heads, n_steps, 1),
        by_query=torch.ones(n_heads, n_steps, 1),
        parts=("embeddings",),
        provenance=KNOWN,
    )


OTHERS = {
    "needle_grid": lambda: plots.needle_grid(table_of_needles(), table_of_needles())[0],
    "curve": lambda: plots.curve(ablated()),
    "graph": lambda: plots.graph(network()),
    "span_effects": lambda: plots.span_effects(spans()),
    "copy_trace": lambda: plots.copy_trace(traced())[0],
    "a heatmap of intervals": lambda: plots.heatmap(RETRIEVAL, level=0.9),
    "a band of intervals": lambda: plots.sorted_scores(RETRIEVAL, level=0.9),
    "a heatmap of gaps": lambda: plots.heatmap(KINDS["with gaps"]),
    "a heatmap of effects": lambda: plots.heatmap(KINDS["a signed effect"], name=8),
    "a heatmap of 2000": lambda: plots.heatmap(KINDS["2000 heads"]),
    "a scatter of 2000": lambda: PLOTS["scatter"](KINDS["2000 heads"]),
}
PICTURES = OTHERS | {name: lambda plot=plot: plot(RETRIEVAL) for name, plot in PLOTS.items()}


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("picture", PICTURES)
def test_all_words_can_be_read_in_light_and_dark(picture, style):
    with plt.style.context(style):
        figure = PICTURES[picture]().get_figure(root=True)
        figure.set_dpi(72)
        FigureCanvasAgg(figure).draw()
        figure.set_layout_engine("none")
        assert hidden(figure) == []
        assert cut_off(figure) == []
        assert faint(figure) == []


def test_no_plot_is_missing_here():
    folder = Path(plots.__file__).parent
    one_view = {name for name in plots.__all__ if (folder / f"{name}.py").exists()} - {"save"}
    assert one_view == {name.split()[0] for name in PICTURES} - {"a"}


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda: plots.needle_grid(table_of_needles()[:0]), "no accuracy was measured"),
        (lambda: plots.needle_grid(table_of_needles().assign(value=math.nan)), "no accuracy was"),
        (lambda: plots.curve(ablated()[:0]), "no accuracy was measured"),
        (lambda: plots.graph(nx.MultiDiGraph()), "no edges to draw"),
        (lambda: plots.span_effects(spans()[:0]), "no effect was measured"),
        (lambda: plots.copy_trace(traced(n_heads=0)), "a trace of 0 heads, 3 steps"),
        (lambda: plots.copy_trace(traced(n_steps=0)), "a trace of 2 heads, 0 steps"),
        (lambda: plots.score_bins({}), "got no scores"),
        (lambda: plots.heatmap(KINDS["without cases"], level=0.9), "two needles or more"),
        (lambda: plots.sorted_scores(KINDS["without cases"], level=0.9), "two needles or more"),
    ],
)
def test_an_empty_selection_says_so(draw, told):
    with pytest.raises(ValueError, match=told):
        draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.needle_grid(table_of_needles()[:1])[0],
        lambda: plots.curve(ablated()[:1]),
        lambda: plots.span_effects(spans()[:1]),
        lambda: plots.copy_trace(traced(1, 1))[0],
    ],
)
def test_a_single_number_is_drawn(draw):
    draw().figure.draw_without_rendering()


def test_an_edge_without_an_effect_is_not_drawn_as_one():
    graph = network()
    graph.add_edge("L0H1", "logits", "logits", effect=math.nan)
    with pytest.raises(ValueError, match="the effect of L0H1 -> logits was not measured"):
        plots.graph(graph)
