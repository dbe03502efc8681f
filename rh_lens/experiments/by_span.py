"""Swap a whole layer at one stretch of the text at a time."""

from collections.abc import Sequence

from jaxtyping import Bool
from torch import Tensor

from rh_lens.cases.pair import Pair
from rh_lens.cases.partition import STRETCHES, check_stretches, partition, stretch
from rh_lens.experiments.protocol import Protocol
from rh_lens.experiments.recovery import recovery
from rh_lens.experiments.two_runs import TwoRuns
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.swap import Swap
from rh_lens.scores.span_scores import SpanScores


def by_span(
    model: Model,
    pairs: Sequence[Pair],
    protocol: Protocol,
    *,
    spans: Sequence[str] | None,
    journal: Journal | None,
) -> SpanScores:
    """How far each layer goes at each of `spans` on each pair.

    None: all stretches of the partition; NaN for a pair that does not have one.
    """
    if spans is None:
        present = {name for pair in pairs for name in partition(pair.clean)}
        names = [name for name in STRETCHES if name in present]
    else:
        names = list(dict.fromkeys(spans))
        check_stretches((pair.clean for pair in pairs), names)
    n_layers = int(model.cfg.n_layers)

    def swaps(runs: TwoRuns) -> list[Swap | None]:
        has = partition(runs.case)
        at = [
            stretch(runs.case, name) if spans is not None or name in has else None for name in names
        ]
        return [
            None if where is None else Swap(layer, _where(where, runs))
            for layer in range(n_layers)
            for where in at
        ]

    what = f"layers at {names}"
    found = recovery(model, pairs, protocol, swaps, what, journal=journal)
    values = found.values.unflatten(1, (n_layers, len(names)))
    name = f"{protocol.site} {protocol.name.replace('_', ' ')}"
    return SpanScores(name, values, tuple(names), found.labels, found.provenance)


def _where(at: Bool[Tensor, " pos"], runs: TwoRuns) -> Bool[Tensor, "..."]:
    """These positions, whatever else the activation has axes for."""
    shape = runs.own.shape[1:-1]
    if runs.site == "pattern":
        return at.expand(shape)
    return at.view(-1, *[1] * (len(shape) - 1)).expand(shape)
