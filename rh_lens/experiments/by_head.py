"""Swap one head at a time."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool
from torch import Tensor

from rh_lens.cases.pair import Pair
from rh_lens.cases.partition import check_stretches, stretch
from rh_lens.experiments.protocol import Protocol
from rh_lens.experiments.recovery import recovery
from rh_lens.experiments.two_runs import TwoRuns
from rh_lens.heads import Head, all_heads, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.record import Site, record
from rh_lens.model.swap import Swap
from rh_lens.scores.head_scores import HeadScores

HEAD_SITES = ("z", "q", "k", "v", "pattern")


def by_head(
    model: Model,
    pairs: Sequence[Pair],
    protocol: Protocol,
    *,
    spans: Sequence[str] | None,
    heads: Sequence[Head] | None,
    journal: Journal | None,
) -> HeadScores:
    """How far each of `heads` (None: all) goes on each pair; NaN for the others.

    For keys and values that several query heads share, a column of the result is a key-value head.
    """
    if protocol.site not in HEAD_SITES:
        raise ValueError(
            f"{protocol.site!r} belongs to no head: choose among {HEAD_SITES}, or patch it by span"
        )
    at = ["all"] if spans is None else sorted(set(spans))
    check_stretches((pair.clean for pair in pairs), at)
    n_layers, n_heads = int(model.cfg.n_layers), int(model.cfg.n_heads)
    width = _width(model, pairs, protocol.site)
    wanted = sorted(set(all_heads(n_layers, n_heads) if heads is None else heads))
    check_heads(model, by_layer(wanted))
    chosen = wanted if width == n_heads else _groups(model, wanted, width, protocol.site)

    def swaps(runs: TwoRuns) -> list[Swap]:
        here = torch.stack([stretch(runs.case, name) for name in at]).any(dim=0)  # pos
        return [Swap(head.layer, _where(here, head.index, width, runs.site)) for head in chosen]

    which = "all heads" if heads is None else chosen
    what = f"{which} at {at}"
    found = recovery(model, pairs, protocol, swaps, what, journal=journal)
    values = torch.full((len(pairs), n_layers, width), torch.nan)
    layers, indices = zip(*chosen, strict=True)
    values[:, list(layers), list(indices)] = found.values
    name = f"{protocol.site} {protocol.name.replace('_', ' ')}"
    grouped = "" if width == n_heads else " by KV group"
    return HeadScores(name + grouped, values, found.labels, found.provenance)


def _width(model: Model, pairs: Sequence[Pair], site: Site) -> int:
    """How many heads of a layer have this site to themselves."""
    if site not in ("k", "v") or not pairs:
        return int(model.cfg.n_heads)
    return record(model, pairs[0].clean.tokens[:1], site).shape[2]


def _groups(model: Model, heads: Sequence[Head], width: int, site: Site) -> list[Head]:
    """The key-value heads that serve these query heads, and none besides."""
    size = int(model.cfg.n_heads) // width
    groups = sorted({Head(layer, index // size) for layer, index in heads})
    served = {
        Head(layer, index)
        for layer, group in groups
        for index in range(group * size, (group + 1) * size)
    }
    if missing := sorted(served - set(heads)):
        raise ValueError(
            f"{site} of {model.cfg.model_name!r} is shared by groups of {size} query heads, so "
            f"patching it for {list(heads)} would patch {missing} too: name these as well, or "
            "leave out `heads`"
        )
    return groups


def _where(
    at: Bool[Tensor, " pos"], index: int, width: int, site: Site
) -> Bool[Tensor, "pos head"] | Bool[Tensor, "head query"]:
    head = torch.arange(width) == index
    return head[:, None] & at if site == "pattern" else at[:, None] & head
