"""Patch the same paths on every pair of prompts."""

from collections.abc import Sequence
from functools import partial

import torch

from rh_lens.cases.pair import Pair
from rh_lens.experiments.components import MLP, Component
from rh_lens.experiments.gathered import VERSIONS, Result
from rh_lens.experiments.nothing import check_some
from rh_lens.experiments.one_pair import path_effects
from rh_lens.experiments.path_effects import PathEffects
from rh_lens.experiments.paths import Paths
from rh_lens.experiments.skipped import effects_or_skipped
from rh_lens.heads import Head
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import Identity
from rh_lens.scores.head_scores import HeadScores


def measure(
    model: Model,
    who: Identity,
    pairs: Sequence[Pair],
    paths: Paths,
    senders: Sequence[Component],
    *,
    batch: int,
    journal: Journal,
) -> PathEffects:
    """The effects of these senders on all pairs, pair by pair remembered; NaN for a pair for which
    memory does not suffice."""
    results: list[Result] = []
    for number, pair in enumerate(pairs):
        progress = f"paths to {paths.receivers!r}, pair {number + 1} of {len(pairs)}"
        work = partial(path_effects, model, pair, paths, senders, batch=batch, progress=progress)
        key = VERSIONS["rh_lens"], paths, list(senders), pair.digest
        recall = partial(journal.recall, work, *key)
        results.append(effects_or_skipped(recall, len(senders)))
    check_some(results)
    values = torch.tensor([result["effects"] for result in results])  # case sender
    n_layers, n_heads = int(who["n_layers"] or 0), int(who["n_heads"] or 0)
    heads = torch.full((len(pairs), n_layers, n_heads), torch.nan)
    mlps = torch.full((len(pairs), n_layers), torch.nan)
    embeddings = torch.full((len(pairs),), torch.nan)
    for sender, effects in zip(senders, values.T, strict=True):
        if isinstance(sender, Head):
            heads[:, sender.layer, sender.index] = effects
        elif isinstance(sender, MLP):
            mlps[:, sender.layer] = effects
        else:
            embeddings = effects
    labels = tuple(
        {**pair.clean.labels, "digest": pair.digest, **result["remarks"]}
        for pair, result in zip(pairs, results, strict=True)
    )
    provenance = {
        "model": who,
        "scorer": repr(paths),
        "answering": "the right answer given",
        "unit": "metric",
        "seed": None,  # nothing here is drawn
        "versions": VERSIONS,
    }
    name = f"path effect ({paths.receivers.site})"
    return PathEffects(HeadScores(name, heads, labels, provenance), mlps, embeddings)
