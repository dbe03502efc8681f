"""Which part of a model tells which: a graph of paths."""

import math
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from rh_lens.plots.layout import lay_out
from rh_lens.plots.obtained import model_of

# told apart by the colour-blind, and seen on black as on white
COLOURS = {"q": "#e69f00", "k": "#56b4e9", "v": "#009e73", "mlp": "#cc79a7", "logits": "#8c8c8c"}
BEND = {"q": -0.2, "v": 0.2}  # so that paths between the same two parts lie side by side
THIN, THICK = 0.5, 4.0
ACROSS, DOWN, CLOSER = 0.85, 0.62, 0.38  # inches from node to node; closer in long graphs
PAGE = 11.0  # inches, beyond which a graph is long


class Path(NamedTuple):
    """One edge."""

    sender: str
    receiver: str
    site: str
    effect: float


def graph(paths: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the parts of a model from the embeddings, on top, down to the logits.

    The width of an arrow is the size of its effect; its colour says what of the receiver is
    reached: a head's query, key or value, what an MLP reads, or the logits. Arrows of negative
    effects are dashed.

    Args:
        paths: A networkx graph such as `circuit` gives. Nodes print as "L2H2", "MLP1",
            "embeddings", "logits"; edges have an `effect`, and a `site`, in a multigraph their key.
    """
    edges = _paths(paths)
    if not edges:
        raise ValueError("the graph has no edges to draw: ask for a lower threshold")
    nodes = [str(node) for node in paths.nodes]
    places = lay_out(nodes, [(edge.sender, edge.receiver) for edge in edges])
    across, down = zip(*places.values(), strict=True)
    width, height = max(across) - min(across) + 1.4, max(down) + 1.0
    if ax is None:
        size = (max(3.2, width * ACROSS), height * max(CLOSER, min(DOWN, PAGE / height)))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    ax.set(xlim=(min(across) - 0.7, max(across) + 0.7), ylim=(max(down) + 0.5, -0.5))
    ax.axis("off")
    room = ax.get_window_extent().width / ax.figure.get_dpi() / width / ACROSS
    largest = max(abs(edge.effect) for edge in edges)
    if model := model_of(paths.graph):
        ax.set_title(model, fontsize=10)
        ax.set_label(f"{model}, {paths.graph.get('scorer')}")
    for edge in sorted(edges, key=lambda edge: abs(edge.effect)):
        ax.add_patch(_arrow(edge, places, largest))
    for node, place in places.items():
        ax.annotate(
            node,
            place,
            ha="center",
            va="center",
            fontsize=min(8.0, 8.0 * room),
            zorder=3,
            bbox={
                "boxstyle": "round,pad=0.3",
                "facecolor": ax.figure.get_facecolor(),
                "edgecolor": plt.rcParams["text.color"],
                "linewidth": 0.8,
            },
        )
    sites = [site for site in COLOURS if any(edge.site == site for edge in edges)]
    handles = [Line2D([], [], color=COLOURS[site], linewidth=2, label=site) for site in sites]
    if any(edge.effect < 0 for edge in edges):
        handles.append(Line2D([], [], color="grey", linestyle="--", label="below 0"))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        fontsize=8,
        title=f"widest: {largest:.2g}",
        title_fontsize=8,
    )
    return ax


def _paths(graph: Any) -> list[Path]:
    keyed = graph.edges(keys=True, data=True) if graph.is_multigraph() else graph.edges(data=True)
    found = []
    for sender, receiver, *key, at in keyed:
        if "effect" not in at:
            raise ValueError(f"the edge {sender} -> {receiver} has no effect, only {sorted(at)}")
        site = at.get("site", *key)
        if site not in COLOURS:
            raise ValueError(
                f"the edge {sender} -> {receiver} reaches {site!r}: a site can be {list(COLOURS)}"
            )
        if math.isnan(at["effect"]):
            raise ValueError(
                f"the effect of {sender} -> {receiver} was not measured: leave that edge out"
            )
        found.append(Path(str(sender), str(receiver), site, float(at["effect"])))
    return found


def _arrow(edge: Path, places: dict[str, tuple[float, float]], largest: float) -> FancyArrowPatch:
    share = abs(edge.effect) / largest if largest else 0.0
    start, end = places[edge.sender], places[edge.receiver]
    # a path past other lines swings out, so as not to run straight through what stands there
    length = math.dist(start, end)
    swing = min(0.15, 0.5 / length) * (1 if start[0] >= end[0] else -1) if length > 1.8 else 0.0
    return FancyArrowPatch(
        start,
        end,
        connectionstyle=f"arc3,rad={swing + BEND.get(edge.site, 0.0) / max(1.0, length)}",
        arrowstyle="-|>",
        mutation_scale=7 + 5 * share,
        linewidth=THIN + (THICK - THIN) * share,
        linestyle="-" if edge.effect >= 0 else (0, (3, 1.5)),
        color=COLOURS[edge.site],
        alpha=0.85,
        shrinkA=8,
        shrinkB=9,
        zorder=2,
    )
