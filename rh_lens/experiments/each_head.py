"""Change one head at a time, and see what that does: what the causal experiments share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gathered import VERSIONS
from rh_lens.experiments.nothing import check_some
from rh_lens.experiments.progress import watched
from rh_lens.experiments.skipped import effects_or_skipped
from rh_lens.heads import Head, all_heads, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.interventions.intervention import Unchanged
from rh_lens.journal import Journal
from rh_lens.metrics import Metric
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.scores.head_scores import HeadScores

Effect = Callable[[Head], float]  # what changing a head does to one case


class Trial(NamedTuple):
    """One case, ready for its heads to be changed."""

    effect: Effect
    remarks: Mapping[str, float] = {}  # what was measured on the case itself


@dataclass(frozen=True)
class Subject:
    """One case to change heads on, and what tells it from others in the journal."""

    case: Case
    trial: Callable[[], Trial] = field(repr=False)
    digest: str


def each_head(
    model: Model,
    subjects: Sequence[Subject],
    name: str,
    how: str,
    *,
    heads: Sequence[Head] | None,
    journal: Journal | None,
) -> HeadScores:
    """The effect of each of `heads` (None: all) on each case; NaN for the others.

    A head whose activation was already what it would have been changed to has an effect of exactly
    0; the label `idle` counts such heads. Each finished case is remembered. One for which memory
    does not suffice is a row of NaN, and its label `skipped` says why.
    """
    if not subjects:
        raise ValueError("got no cases to change heads on: give at least one")
    n_layers, n_heads = int(model.cfg.n_layers), int(model.cfg.n_heads)
    chosen = sorted(set(all_heads(n_layers, n_heads) if heads is None else heads))
    check_heads(model, by_layer(chosen))
    check_lengths(model, [subject.case for subject in subjects])
    who = identity(model)
    journal = journal or Journal()
    journal.about(who)
    values = torch.full((len(subjects), n_layers, n_heads), torch.nan)
    layers, indices = zip(*chosen, strict=True)
    labels, results = [], []
    for number, subject in enumerate(subjects):
        progress = f"{name}, case {number + 1} of {len(subjects)}"
        work = partial(_examine, subject.trial, chosen, progress)
        recall = partial(journal.recall, work, VERSIONS["rh_lens"], how, chosen, subject.digest)
        result = effects_or_skipped(recall, len(chosen))
        results.append(result)
        values[number, list(layers), list(indices)] = torch.tensor(result["effects"])
        labels.append({**subject.case.labels, "digest": subject.digest, **result["remarks"]})
    check_some(results)
    provenance = {
        "model": who,
        "scorer": how,
        "answering": "the right answer given",
        "seed": None,  # nothing here is drawn
        "versions": VERSIONS,
    }
    return HeadScores(name, values, tuple(labels), provenance)


def name_of(metric: Metric) -> str:
    """What tells a metric from others: its name, or the repr of one that has none of its own."""
    name = getattr(metric, "__qualname__", "<nameless>")
    return repr(metric) if "<" in name else f"{metric.__module__}.{name}"


def _examine(begin: Callable[[], Trial], heads: Sequence[Head], progress: str) -> dict[str, Any]:
    trial = begin()
    effects, idle = [], 0
    for head in watched(heads, progress):
        try:
            effects.append(trial.effect(head))
        except Unchanged:
            effects.append(0.0)
            idle += 1
    return {"effects": effects, "remarks": {**trial.remarks, "idle": idle}}
