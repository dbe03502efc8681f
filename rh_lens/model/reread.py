"""Read a needle and a reply once more, and keep what the model made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.attending import Attending
from rh_lens.model.cached_keys import cached_keys, put_keys
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model, hooked
from rh_lens.model.parts import Parts
from rh_lens.model.record import Site, recording
from rh_lens.model.reply import Reply, prefill

BEFORE = 8  # positions before the needle, so that there are always others to compare with


@dataclass(frozen=True, eq=False)
class Reread:
    """What stood in a model at the needle and at the rows that said the reply.

    Attributes:
        positions: Which positions of prompt and reply are kept: the needle's and a few before,
            then the rows.
        rows: Those that said the reply.
        parts: What each part of the model put into the residual stream at `positions`.
        residual: The residual stream before each layer, and after the last, at `positions`.
        logits: What the rows said.
        attending: The attention of the layers asked for; the latest pass is that of the rows.
        values: By layer asked for, what every token read offers.
    """

    positions: list[int]
    rows: range
    parts: Parts
    residual: Float[Tensor, "layer_and_end pos d_model"]
    logits: Float[Tensor, "step vocab"]
    attending: dict[int, Attending]
    values: dict[int, Float[Tensor, "key group d_head"]]


class Recorded(NamedTuple):
    """What was recorded of one pass."""

    z: Float[Tensor, "layer pos head d_head"]
    residual: Float[Tensor, "layer_and_end pos d_model"]
    mlp: Float[Tensor, "mlps pos d_model"]


def reread(model: Model, reply: Reply, layers: Sequence[int]) -> Reread:
    """Read the needle again, and then the reply, each in one pass.

    The reply's context is used up: it has read all of the reply but its last token.
    """
    case = reply.case
    said = torch.cat([case.tokens, reply.tokens.to(case.tokens)])
    rows = range(len(case) - 1, len(said) - 1)
    first = range(min(case.needle.start, rows.start), min(case.needle.stop, rows.start))
    first = range(max(0, first.start - BEFORE), first.stop)
    context = reply.context or prefill(model, case)
    context.rewind(min(len(context), first.start))
    context.read(said[len(context) : first.start])
    seen = {layer: Attending(layer) for layer in layers}
    passes = []
    if first:
        passes.append(_follow(context, said[first.start : first.stop], seen, every=False)[0])
        kept = {layer: cached_keys(context, layer)[first.start :] for layer in layers}
        context.read(said[first.stop : rows.start])
        for layer, keys in kept.items():
            put_keys(context, layer, first.start, keys)
    latest, logits = _follow(context, said[rows.start : rows.stop], seen, every=True)
    z, residual, mlp = (torch.cat(both, dim=1) for both in zip(*passes, latest, strict=True))
    return Reread(
        positions=[*first, *rows],
        rows=rows,
        parts=Parts(model, residual[0], z, mlp),
        residual=residual,
        logits=logits.detach().float(),
        attending=seen,
        values={layer: context.values(layer).detach().float() for layer in layers},
    )


def _follow(
    context: Context, tokens: Int[Tensor, " pos"], seen: dict[int, Attending], *, every: bool
) -> tuple[Recorded, Float[Tensor, "asked vocab"]]:
    """Read on, and record; with the logits after every token, or after the last."""
    model = context.model
    sites: list[Site] = ["z", "residual", *(() if model.cfg.attn_only else ("mlp",))]
    end: list[Tensor] = []
    following = [hook for layer in seen.values() for hook in layer.follow()]
    following.append((f"blocks.{int(model.cfg.n_layers) - 1}.hook_resid_post", end.append))
    with torch.enable_grad(), recording(model, *sites) as record, hooked(model, following):
        said = context.forward(tokens, every=every)
    z, residual = record.of("z").float(), record.of("residual").float()
    mlp = residual[:0] if model.cfg.attn_only else record.of("mlp").float()
    return Recorded(z, torch.cat([residual, end[0].detach().float()]), mlp), said
