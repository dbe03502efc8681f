"""What patching would show, estimated for all parts of a model at once."""

from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.pair import Pair
from rh_lens.experiments.by_head import by_head
from rh_lens.experiments.by_span import by_span
from rh_lens.experiments.progress import watched
from rh_lens.experiments.protocol import Measured, Protocol
from rh_lens.experiments.two_runs import Direction, TwoRuns
from rh_lens.heads import Head
from rh_lens.journal import Journal
from rh_lens.metrics import KL, Metric, answer_logprob
from rh_lens.model.gradient import gradient
from rh_lens.model.hooks import Model
from rh_lens.model.record import Site, record
from rh_lens.model.swap import Swap
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.span_scores import SpanScores


def attribution_patching(
    model: Model,
    pairs: Sequence[Pair],
    *,
    site: Site = "z",
    direction: Direction = "denoising",
    metric: Metric = answer_logprob,
    spans: Sequence[str] | None = None,
    heads: Sequence[Head] | None = None,
    steps: int | None = None,
    journal: Journal | None = None,
) -> HeadScores:
    """A first look at `activation_patching`: what it would give if the model were linear.

    m(patched) is estimated as m(run) + sum (a_other - a_run) * dm/da, over the positions and
    coordinates of the patch, and put on the same scale as exact patching: 0 corrupt, 1 clean. All
    heads together take two forward passes, and one there and back (Nanda 2023; Syed et al. 2023,
    arXiv:2310.10348). It fails where attention is so sharp that its slope is nearly 0, above all
    for `q` and `k` (Kramar et al. 2024, arXiv:2403.00745): confirm with exact patching.

    The arguments and labels are those of `activation_patching`.

    Args:
        steps: None: dm/da is that of the run to be patched. A number: dm/da is the mean over so
            many runs whose input embeddings lie on the straight line between the two runs', at
            (i - 1/2) / steps of the way, with all that follows from them: integrated gradients over
            the inputs (Hanna et al. 2024, arXiv:2403.17806), at one pass there and back each. For
            the `residual` of layer 0 at all positions, the estimate tends to the exact 1.
    """
    estimate = _protocol(site, direction, metric, steps)
    return by_head(model, pairs, estimate, spans=spans, heads=heads, journal=journal)


def attribution_by_span(
    model: Model,
    pairs: Sequence[Pair],
    *,
    site: Site = "residual",
    direction: Direction = "denoising",
    metric: Metric = answer_logprob,
    spans: Sequence[str] | None = None,
    steps: int | None = None,
    journal: Journal | None = None,
) -> SpanScores:
    """A first look at `patching_by_span`: what it would give if the model were linear.

    As `attribution_patching` estimates it.
    """
    estimate = _protocol(site, direction, metric, steps)
    return by_span(model, pairs, estimate, spans=spans, journal=journal)


def _protocol(site: Site, direction: Direction, metric: Metric, steps: int | None) -> Protocol:
    if steps is not None and steps < 1:
        raise ValueError(f"steps is {steps}: average over at least 1 run, or give None for none")
    if isinstance(metric, KL) and direction == "noising" and steps is None:
        raise ValueError(
            "kl is at its best in the clean run, so it has no slope there to tell anything by: "
            "give `steps`, or measure with answer_logprob or logit_difference"
        )
    details = "" if steps is None else f", steps={steps}"
    return Protocol(
        "attribution_patching", site, direction, metric, partial(_estimated, steps), details
    )


def _estimated(
    steps: int | None, model: Model, runs: TwoRuns, swaps: Sequence[Swap], progress: str
) -> Measured:
    """The metric as it would be with each of the swaps made, were it linear in each activation."""
    slope, forward, backward = _slope(model, runs, steps, progress)
    gains = ((runs.source - runs.own).float() * slope).sum(dim=-1).cpu()
    metric = [runs.base + gains[swap.layer][swap.where].sum().item() for swap in swaps]
    return Measured(metric, forward, backward)


def _slope(
    model: Model, runs: TwoRuns, steps: int | None, progress: str
) -> tuple[Float[Tensor, "layer ..."], int, int]:
    """The slope of the metric in each activation, and how many texts were read for it and back."""
    sloping = partial(gradient, model, runs.tokens, runs.rows, runs.site, runs.measure)
    if steps is None:
        return sloping(), 1, 1
    own, other = (record(model, told, "residual")[0] for told in (runs.tokens, runs.others))
    total = torch.zeros_like(runs.own, dtype=torch.float32)
    for step in watched(range(steps), progress):
        total += sloping(beginning=own + (other - own) * (step + 0.5) / steps)
    return total / steps, 2 + steps, steps
