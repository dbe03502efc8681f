"""Patch one path at a time, and see what that does to one pair of prompts."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.pair import Pair
from rh_lens.experiments.components import Component
from rh_lens.experiments.lone_sender import lone_senders, observe
from rh_lens.experiments.paths import Paths
from rh_lens.experiments.progress import watched
from rh_lens.experiments.receivers import Receivers
from rh_lens.metrics import told_answer
from rh_lens.model.forward import forward
from rh_lens.model.hooks import Hook, Model, hooked
from rh_lens.model.record import NAMES
from rh_lens.model.up_to import read_up_to


@torch.no_grad()
def path_effects(
    model: Model,
    pair: Pair,
    paths: Paths,
    senders: Sequence[Component],
    *,
    batch: int,
    progress: str,
) -> dict[str, Any]:
    """The effect of each sender on one pair, and what was measured on the pair itself.

    A sender that wrote the same in both runs has an effect of exactly 0, and is not patched.
    """
    clean, corrupt = observe(model, pair.clean), observe(model, pair.corrupt)
    if torch.equal(clean.embeddings, corrupt.embeddings):
        raise ValueError(
            f"the model reads both prompts of the pair {pair.digest} as the same: give a pair "
            "that differs in a token which its embeddings tell apart"
        )
    noising = paths.direction == "noising"
    base, source = (clean, corrupt) if noising else (corrupt, clean)
    told, rows = told_answer(pair.clean if noising else pair.corrupt)
    busy = [part for part in senders if not torch.equal(base.of(part), source.of(part))]

    def measured(logits: Float[Tensor, "batch answer vocab"]) -> list[float]:
        return paths.metric.of(logits, pair.clean, clean.logits).tolist()

    [before], [after] = measured(clean.logits[None]), measured(corrupt.logits[None])
    effects: dict[Component, float] = {}
    for chunk in watched([busy[i : i + batch] for i in range(0, len(busy), batch)], progress):
        held = lone_senders(base, source, chunk, mlps=paths.mlps, end=paths.receivers.stage)
        logits = _received(model, paths.receivers, held, told.expand(len(chunk), -1), rows)
        patched = measured(logits)
        lost = [before - each if noising else each - after for each in patched]
        effects |= dict(zip(chunk, lost, strict=True))
    passes = 1 if paths.receivers.site == "logits" else 2
    return {
        "effects": [effects.get(part, 0.0) for part in senders],
        "remarks": {
            "clean": before,
            "corrupt": after,
            "idle": len(senders) - len(busy),
            "runs": 2 + passes * len(busy),
        },
    }


def _received(
    model: Model,
    receivers: Receivers,
    held: Sequence[Hook],
    texts: Int[Tensor, "batch pos"],
    rows: range,
) -> Float[Tensor, "batch answer vocab"]:
    """The logits of a run in which the receivers, and they alone, get what reaches them under the
    hooks `held`."""
    if receivers.site == "logits":
        with hooked(model, held):
            return forward(model, texts, rows)
    arrived: dict[int, Tensor] = {}
    name, places = NAMES[receivers.site], receivers.places(model)
    kept = [(name(layer), partial(_keep, arrived, layer)) for layer in places]
    # kept before it is held: an MLP that receives is itself held for those that follow it
    with hooked(model, [*kept, *held]):
        read_up_to(model, texts, max(places))
    put = [(name(at), partial(_put, arrived[at], own)) for at, own in places.items()]
    with hooked(model, put):
        return forward(model, texts, rows)


def _keep(
    arrived: dict[int, Tensor], layer: int, activation: Float[Tensor, "batch pos ..."]
) -> None:
    arrived[layer] = activation.clone()


def _put(
    arrived: Float[Tensor, "batch pos ..."],
    own: list[int] | slice,
    activation: Float[Tensor, "batch pos ..."],
) -> Float[Tensor, "batch pos ..."]:
    changed = activation.clone()
    changed[:, :, own] = arrived[:, :, own]
    return changed
