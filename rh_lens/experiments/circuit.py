"""Which parts of a model, by which paths, make it answer?"""

from collections.abc import Mapping, Sequence

import networkx as nx

from rh_lens.cases.pair import Pair
from rh_lens.experiments.components import MLP, Component, Logits, stage
from rh_lens.experiments.each_pair import measure
from rh_lens.experiments.lone_sender import Between
from rh_lens.experiments.path_effects import PathEffects
from rh_lens.experiments.path_patching import as_logit_metric, before, check
from rh_lens.experiments.paths import Direction, Paths
from rh_lens.experiments.receivers import Ends, Inputs, Receivers, receiving
from rh_lens.heads import Head
from rh_lens.journal import Journal
from rh_lens.metrics import Metric, answer_logprob
from rh_lens.model.groups import kv_group
from rh_lens.model.hooks import Model

Node = Component | Logits


def circuit(
    model: Model,
    pairs: Sequence[Pair],
    *,
    receivers: Ends = "logits",
    sites: Sequence[Inputs] = ("q", "k", "v"),
    threshold: float = 0.05,
    top: int | None = None,
    depth: int | None = None,
    mlps: Between = "recomputed",
    direction: Direction = "noising",
    metric: Metric = answer_logprob,
    batch: int = 8,
    journal: Journal | None = None,
) -> nx.MultiDiGraph:
    """Who tells whom: a graph of the paths that matter, walked back from what the model says.

    Path patching finds the senders that matter to the logits. Each of them is then a receiver in
    turn, a head at its queries, keys and values, an MLP at what it reads, and so on back to the
    embeddings (Wang et al. 2022, arXiv:2211.00593, did so by hand). An edge is what the sender does
    by reaching the receiver, whatever that does then, also with heads outside the graph. Keys and
    values are patched for all heads that share them at once: an edge into one of them is the effect
    on all.

    Nodes are heads, `MLP(layer)`, "embeddings" and "logits"; `stage` says in which order they act,
    `examined` whether their senders were looked for. `graph.edges[sender, receiver, site]` holds
    the mean `effect` in units of the metric, its `share` of what all paths together do (the mean of
    metric(clean) - metric(corrupt)), and the ends `low` and `high` of the effect's 95 % interval, a
    bootstrap over needles (NaN for fewer than two). `graph.graph` says how it was obtained, and
    what it took: `runs`, the prompts read, at most 2 + 2 for each component, for each pair and each
    site of a node.

    Args:
        receivers: Where to begin: "logits", or heads or MLPs, each by itself.
        sites: Which inputs of heads to look at.
        threshold: The least share, of either sign, that makes an edge.
        top: How many senders to keep for each site of a node, the strongest. None: all.
        depth: How many steps to walk back. None: as far as edges lead.
        mlps: As in `path_patching`. Frozen, a path through an MLP shows only as two edges.
        direction: As in `path_patching`.
        metric: As in `path_patching`.
        batch: As in `path_patching`.
        journal: Remembers each finished pair of each site of a node.

    Raises:
        ValueError: The model answers the corrupt prompts as well as the clean ones.
    """
    limits = [limit for limit in (top, depth) if limit is not None]
    if threshold <= 0 or min(limits, default=1) < 1 or not sites:
        raise ValueError(
            f"got threshold={threshold}, top={top}, depth={depth} and sites={sites!r}: give a "
            "threshold above 0, at least one site, and None or at least 1 for the others"
        )
    paths = Paths(receiving(model, receivers, "q"), as_logit_metric(metric), mlps, direction)
    who = check(model, pairs, batch)
    journal = journal or Journal()
    journal.about(who)
    known: dict[Receivers, PathEffects] = {}

    def effects(to: Receivers) -> PathEffects:
        if to not in known:
            senders, asked = before(model, to), Paths(to, paths.metric, mlps, direction)
            known[to] = measure(model, who, pairs, asked, senders, batch=batch, journal=journal)
        return known[to]

    graph, end = nx.MultiDiGraph(), 2 * int(model.cfg.n_layers)

    def meet(node: Node) -> None:
        if node not in graph:
            graph.add_node(node, stage=min(stage(node), end), examined=False)

    for part in paths.receivers.parts:
        meet(part)
    if not graph:
        meet("logits")
    steps = 0
    while (frontier := _unexamined(graph)) and steps != depth:
        for node in frontier:
            graph.nodes[node]["examined"] = True
            for to in _inputs(model, node, sites):
                for sender, found in _strongest(effects(to), threshold, top).items():
                    meet(sender)
                    graph.add_edge(sender, node, to.site, **found)
        steps += 1
    first, *_ = known.values()
    graph.graph |= {
        **first.provenance,
        "scorer": f"circuit(from {paths!r}, sites={tuple(sites)}, {threshold=}, {top=}, {depth=})",
        "pairs": [at["digest"] for at in first.labels],
        "gap": first.gap.nanmean().item(),
        "runs": sum(int(at.get("runs") or 0) for each in known.values() for at in each.labels),
    }
    return graph


def _unexamined(graph: nx.MultiDiGraph) -> list[Node]:
    """The last that act first, so that the walk is the same each time."""
    waiting = [node for node, at in graph.nodes(data=True) if not at["examined"]]
    return sorted(waiting, key=lambda node: (-stage(node), repr(node)))


def _inputs(model: Model, node: Node, sites: Sequence[Inputs]) -> list[Receivers]:
    """The ways to reach a node."""
    if isinstance(node, Head):
        groups = {"q": [node], "k": kv_group(model, node), "v": kv_group(model, node)}
        return [Receivers(site, tuple(groups[site])) for site in sites]
    if isinstance(node, MLP):
        return [Receivers("mlp", (node,))]
    return [Receivers("logits")] if node == "logits" else []


def _strongest(
    effects: PathEffects, threshold: float, top: int | None
) -> Mapping[Component, Mapping[str, float]]:
    """The senders that matter, and how much."""
    whole = effects.gap.nanmean().item()
    if not whole > 0:
        raise ValueError(
            f"the metric of the clean prompts is {whole:.3g} above that of the corrupt ones, so "
            "there is nothing to explain: give pairs that corrupt what the model answers from"
        )
    shares = {sender: effects[sender] / whole for sender in effects.senders}
    strong = [sender for sender in shares if abs(shares[sender]) >= threshold]
    found = {}
    for sender in sorted(strong, key=lambda sender: -abs(shares[sender]))[:top]:
        low, high = effects.interval(sender)
        found[sender] = {
            "effect": effects[sender],
            "share": shares[sender],
            "low": low,
            "high": high,
        }
    return found
