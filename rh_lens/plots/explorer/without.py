"""The answer without some heads: a case asked of the model as it is, and of one that is changed."""

from dataclasses import dataclass

import torch

from rh_lens.heads import Head, all_heads, matched_heads
from rh_lens.interventions.intervention import Intervention, Unchanged
from rh_lens.metrics import told_answer
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.reply import Answering, Reply, prefill


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a model said to a case.

    Attributes:
        reply: In its own words.
        sure: The probability of each token of the right answer, the ones before it given.
        idle: Whether the change made no difference to any activation.
    """

    reply: Reply
    sure: tuple[float, ...]
    idle: bool


def asked(
    model: Model, before: Reply, answering: Answering, change: Intervention | None
) -> Outcome:
    """What the model says to the case of `before` while `change` acts on it (None: as it is).

    What of the prompt was read for `before` is not read again, if the change acts only later.
    """
    case = before.case
    if change is None:
        context = before.context or prefill(model, case)
        return Outcome(before, _sure(model, before, context), False)
    kept = before.context if change.spares_prompt(case) else None
    said: list[Outcome] = []
    try:
        with change.on(model, case):
            context = kept or prefill(model, case)
            sure = _sure(model, before, context)
            said.append(Outcome(answering(model, case, context), sure, False))
    except Unchanged:
        return Outcome(said[0].reply, said[0].sure, True)
    return said[0]


def control(model: Model, heads: list[Head], seed: int) -> list[Head]:
    """As many other heads of the same layers, drawn by lot; none where a layer has too few."""
    pool = all_heads(int(model.cfg.n_layers), int(model.cfg.n_heads))
    try:
        return sorted(matched_heads(pool, heads, seed=seed))
    except ValueError:
        return []


@torch.no_grad()
def _sure(model: Model, before: Reply, context: Context) -> tuple[float, ...]:
    told, rows = told_answer(before.case)
    logits = context.say(told[rows.start :]).float().cpu()
    context.rewind(len(before.case) - 1)
    right = before.case.answer.cpu()
    chances = logits.softmax(dim=-1).gather(1, right[:, None])[:, 0]
    return tuple(chances.tolist())
