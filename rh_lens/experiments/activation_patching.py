"""What does each part of a model carry from one run into another?"""

from collections.abc import Sequence
from functools import partial

import torch

from rh_lens.cases.pair import Pair
from rh_lens.experiments.by_head import by_head
from rh_lens.experiments.by_span import by_span
from rh_lens.experiments.progress import watched
from rh_lens.experiments.protocol import Measured, Protocol
from rh_lens.experiments.two_runs import Direction, TwoRuns
from rh_lens.heads import Head
from rh_lens.journal import Journal
from rh_lens.metrics import Metric, answer_logprob
from rh_lens.model.forward import forward
from rh_lens.model.hooks import Model, hooked
from rh_lens.model.record import Site
from rh_lens.model.swap import Swap, swapping
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.span_scores import SpanScores


def activation_patching(
    model: Model,
    pairs: Sequence[Pair],
    *,
    site: Site = "z",
    direction: Direction = "denoising",
    metric: Metric = answer_logprob,
    spans: Sequence[str] | None = None,
    heads: Sequence[Head] | None = None,
    batch: int = 8,
    journal: Journal | None = None,
) -> HeadScores:
    """How far each head alone, taken from the other run, brings one run towards the other.

    (m(patched) - m(corrupt)) / (m(clean) - m(corrupt)), so 0 is the corrupt run and 1 the clean one
    in both directions. Denoising puts a head's clean activation into the corrupt run: 1 if it
    brings all the answer back, 0 if nothing. Noising puts its corrupt activation into the clean
    run: 1 if nothing is lost, 0 if all (Vig et al. 2020, arXiv:2004.12265; Heimersheim and Nanda
    2024, arXiv:2404.15255).

    Keys and values that several query heads share are none of theirs alone, so that with `k` and
    `v` a column of the result is a key-value head, as in `HeadScores.kv_groups`. There, `heads`
    must name all query heads of a group.

    Args:
        site: What is patched of a head: `z` (what it gathers), `q`, `k`, `v` (its queries, keys,
            values) or `pattern` (where it looks).
        spans: At which stretches of the text: `before`, `cue`, `answer`, `question`, `after`,
            `last`, as `partition` has them, or spans of the cases. For `pattern`, they are where
            it looks from. None: at all positions.
        heads: Which to patch; the others are NaN. None: all.
        batch: How many patches share a forward pass. The result does not depend on it.
        journal: Remembers each finished pair.

    Returns:
        A row for each pair, with the labels `clean` and `corrupt` (the metric of both runs), `idle`
        (how many heads did the same in both, and so were not run), `forward` and `backward` (how
        many texts were read, the cost). A pair whose metrics are within 0.001, or whose corrupt run
        is the better one, is a row of NaN, its `found` False, and its `remark` says so.

    Raises:
        NothingScored: No pair earned a result.
    """
    exactly = Protocol(_NAME, site, direction, metric, _in_batches(batch))
    return by_head(model, pairs, exactly, spans=spans, heads=heads, journal=journal)


def patching_by_span(
    model: Model,
    pairs: Sequence[Pair],
    *,
    site: Site = "residual",
    direction: Direction = "denoising",
    metric: Metric = answer_logprob,
    spans: Sequence[str] | None = None,
    batch: int = 8,
    journal: Journal | None = None,
) -> SpanScores:
    """How far each layer, taken from the other run at one stretch of the text, brings one run
    towards the other: where the answer is, layer by layer.

    The scale, the labels and the arguments are those of `activation_patching`.

    Args:
        site: `residual` (the residual stream before the layer), `mlp` (what its MLP adds), or what
            all its heads have: `z`, `q`, `k`, `v`, `pattern`.
        spans: None: the stretches of `partition`, which leave no position out. `all` is every
            position at once.
    """
    exactly = Protocol(_NAME, site, direction, metric, _in_batches(batch))
    return by_span(model, pairs, exactly, spans=spans, journal=journal)


_NAME = "activation_patching"


def _in_batches(batch: int) -> partial[Measured]:
    if batch < 1:
        raise ValueError(f"batch is {batch}: let at least 1 patch share a forward pass")
    return partial(_patched, batch)


@torch.no_grad()
def _patched(
    batch: int, model: Model, runs: TwoRuns, swaps: Sequence[Swap], progress: str
) -> Measured:
    """The metric of the run with each of the swaps made, `batch` of them at a time."""
    metric: list[float] = []
    for start in watched(range(0, len(swaps), batch), progress):
        chunk = swaps[start : start + batch]
        with hooked(model, swapping(model, runs.site, chunk, runs.source)):
            logits = forward(model, runs.tokens.expand(len(chunk), -1), runs.rows)
        metric += runs.measure(logits).tolist()
    return Measured(metric, forward=len(swaps), backward=0)
