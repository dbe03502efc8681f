"""Looks: where heads looked while a model answered, small enough for a page."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.model.hooks import Model
from rh_lens.model.replay import Sight, replay
from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import saying

LEAST = 0.001  # looks below are told by the strips alone: a row has at most 1000 above
STRIPS = 240  # a whole row, however long, is told by the attention on so many strips of text


@dataclass(frozen=True, eq=False)
class Look:
    """Where one head looked at each step of a reply, and what it wrote meanwhile.

    Attributes:
        rows: For each step, the positions of prompt and reply that got 0.001 or more of the
            attention, with their shares, hardest first.
        strips: The attention on each of at most 240 strips of equal length that make up the prompt
            and the reply.
        wrote: What the head added, at each step, to the logit of each token of the reply, before
            the final norm.
    """

    rows: tuple[dict[int, float], ...]
    strips: Float[Tensor, "step strip"]
    wrote: Float[Tensor, "step token"]


def looks(model: Model, reply: Reply, heads: Sequence[Head]) -> dict[Head, Look]:
    """What each of `heads` looked at and wrote behind a reply, from one replay."""
    layers = by_layer(heads)
    check_heads(model, layers)
    found: dict[Head, Look] = {}

    def watch(sight: Sight) -> None:
        for index in layers.get(sight.layer, ()):
            rows = sight.pattern[index].cpu()  # step pos
            strips = _strips(rows, len(reply.case) + len(reply.tokens))
            found[Head(sight.layer, index)] = Look(
                tuple(map(_strongest, rows)), strips, _wrote(sight, reply, index).cpu()
            )

    replay(model, reply, saying(reply), watch)
    return found


def on_needle(model: Model, reply: Reply) -> Float[Tensor, "layer head step"]:
    """How much of every head's attention lay on the needle at each step of a reply."""
    needle = reply.case.needle
    seen: list[Float[Tensor, "head step"]] = []

    def watch(sight: Sight) -> None:
        seen.append(sight.pattern[..., needle.start : needle.stop].sum(dim=-1).cpu())

    replay(model, reply, saying(reply), watch)
    return torch.stack(seen)


def _strongest(row: Float[Tensor, " pos"]) -> dict[int, float]:
    at = (row >= LEAST).nonzero().flatten()
    at = at[row[at].argsort(descending=True, stable=True)]
    return dict(zip(at.tolist(), row[at].tolist(), strict=True))


def _strips(rows: Float[Tensor, "step pos"], length: int) -> Float[Tensor, "step strip"]:
    count = min(STRIPS, length)
    strip = torch.arange(rows.shape[1]) * count // length
    return torch.zeros(len(rows), count).index_add(1, strip, rows)


def _wrote(sight: Sight, reply: Reply, index: int) -> Float[Tensor, "step token"]:
    """Attention times values, through W_O, towards each token of the reply."""
    output = sight.model.blocks[sight.layer].attn.W_O[index].float()  # d_head d_model
    values = sight.context.values(sight.layer)[: sight.pattern.shape[-1]]  # pos group d_head
    group = index * values.shape[1] // sight.pattern.shape[0]
    gathered = sight.pattern[index] @ values[:, group].float()  # step d_head
    towards = sight.model.W_U[:, reply.tokens.to(sight.model.W_U.device)].float()  # d_model token
    return gathered @ output @ towards.to(output.device)
