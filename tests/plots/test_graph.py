"""The picture of a circuit."""

import random
from itertools import combinations

import matplotlib.pyplot as plt
import networkx as nx
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch

import rh_lens as rh
from rh_lens import plots
from rh_lens.plots.graph import COLOURS
from rh_lens.plots.layout import lay_out, stage

EDGES = [
    ("embeddings", "L0H0", "v", 0.6),
    ("embeddings", "L1H1", "q", 0.4),
    ("L0H0", "L1H1", "k", 1.2),
    ("MLP0", "L1H1", "v", 0.1),
    ("L1H1", "logits", "logits", 2.0),
    ("MLP0", "logits", "logits", -0.5),
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def circuit(edges):
    graph = nx.DiGraph()
    for sender, receiver, site, effect in edges:
        graph.add_edge(sender, receiver, site=site, effect=effect)
    return graph


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def places(ax):
    return {text.get_text(): text.xy for text in ax.texts}


def many(count, n_layers, seed):
    """A graph of about so many nodes, each telling some that act later."""
    draw = random.Random(seed)
    names = {f"L{draw.randrange(n_layers)}H{draw.randrange(99)}" for _ in range(count - 2)}
    names = ["embeddings", *sorted(names), "logits"]
    edges = [
        (sender, receiver, "logits" if receiver == "logits" else "k", draw.gauss(0, 1))
        for sender, receiver in combinations(names, 2)
        if stage(sender) < stage(receiver) and (draw.random() < 0.1 or receiver == "logits")
    ]
    return circuit(edges)


def test_parts_stand_in_the_order_in_which_they_act():
    at = {name: y for name, (_, y) in places(plots.graph(circuit(EDGES))).items()}
    assert sorted(at, key=at.get) == ["embeddings", "L0H0", "MLP0", "L1H1", "logits"]
    assert plots.graph(circuit(EDGES)).yaxis_inverted()


def test_layers_are_ordered_as_numbers():
    assert stage("L9H3") < stage("MLP9") < stage("L10H0") < stage("logits")
    assert stage("embeddings") < stage("L0H0")


def test_arrows_are_as_wide_as_their_effects_and_dashed_below_zero():
    ax = plots.graph(circuit(EDGES))
    drawn = arrows(ax)
    assert len(drawn) == len(EDGES)
    widths = {arrow.get_linewidth(): arrow for arrow in drawn}
    assert list(widths) == sorted(widths)  # the strongest lie on top
    assert to_hex(widths[max(widths)].get_edgecolor()) == COLOURS["logits"]
    dashed = [arrow for arrow in drawn if arrow.get_linestyle() != "-"]
    assert [drawn.index(arrow) for arrow in dashed] == [2]


def test_arrows_go_from_sender_to_receiver_in_the_colour_of_the_site():
    ax = plots.graph(circuit(EDGES))
    at = places(ax)
    for arrow, (sender, receiver, site, _) in zip(
        arrows(ax), sorted(EDGES, key=lambda edge: abs(edge[3])), strict=True
    ):
        assert arrow._posA_posB == [at[sender], at[receiver]]
        assert to_hex(arrow.get_edgecolor()) == COLOURS[site]


def test_the_legend_names_the_sites_there_are_and_the_widest_effect():
    legend = plots.graph(circuit(EDGES)).get_legend()
    named = [text.get_text() for text in legend.get_texts()]
    assert named == ["q", "k", "v", "logits", "below 0"]
    assert legend.get_title().get_text() == "widest: 2"


def test_a_multigraph_of_heads_has_its_sites_as_keys():
    graph = nx.MultiDiGraph()
    graph.add_edge(rh.Head(0, 0), rh.Head(1, 1), "q", effect=1.0)
    graph.add_edge(rh.Head(0, 0), rh.Head(1, 1), "k", effect=0.5)
    ax = plots.graph(graph)
    assert set(places(ax)) == {"L0H0", "L1H1"}
    bent = {arrow.get_connectionstyle().rad for arrow in arrows(ax)}
    assert len(bent) == 2, "one would hide the other"


@pytest.mark.parametrize(("count", "n_layers"), [(42, 1), (42, 3), (40, 32), (5, 2)])
def test_names_do_not_overlap(count, n_layers):
    ax = plots.graph(many(count, n_layers, seed=count))
    ax.figure.draw_without_rendering()
    boxes = [text.get_bbox_patch().get_window_extent() for text in ax.texts]
    assert len(boxes) > 0.6 * count
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(ax.bbox.expanded(1.02, 1.02).containsx(box.x0) for box in boxes)


def test_names_shrink_with_the_axes_they_are_given():
    ax = plt.subplots(figsize=(3, 3))[1]
    assert plots.graph(many(42, 3, seed=0), ax=ax) is ax
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_places_are_the_same_whatever_order_the_nodes_come_in():
    nodes = [f"L{layer}H{head}" for layer in range(3) for head in range(4)]
    edges = [(a, b) for a, b in combinations(nodes, 2) if stage(a) < stage(b)][::3]
    assert lay_out(nodes, edges) == lay_out(nodes[::-1], edges)


def test_parts_stand_above_those_they_tell():
    crossed = [("L0H0", "L1H1"), ("L0H1", "L1H0")]
    at = lay_out(["embeddings", "L0H0", "L0H1", "L1H0", "L1H1", "logits"], crossed)
    assert at["L1H0"] < at["L1H1"]
    assert at["L0H1"] < at["L0H0"]
    assert (at["embeddings"], at["logits"]) == ((0.0, 0.0), (0.0, 3.0))


def test_what_cannot_be_drawn_says_why():
    with pytest.raises(ValueError, match="no edges to draw"):
        plots.graph(nx.DiGraph())
    with pytest.raises(ValueError, match="the node 'query' is no part of a model"):
        plots.graph(circuit([("query", "logits", "logits", 1.0)]))
    with pytest.raises(ValueError, match="L0H0 -> logits reaches 'pattern'"):
        plots.graph(circuit([("L0H0", "logits", "pattern", 1.0)]))
    bare = nx.DiGraph([("L0H0", "logits")])
    with pytest.raises(ValueError, match="L0H0 -> logits has no effect"):
        plots.graph(bare)
