"""Fused attention: read a prompt at the speed of Hugging Face, where nobody needs its patterns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn import Module
from transformer_lens.hook_points import HookPoint
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.fused_attention import FusedAttention
from rh_lens.model.hooks import Model


def fusable(model: Model) -> bool:
    """Whether fused attention gives this model the same results, and nobody is watching.

    False while a hook is on any attention: it would not see what it is to see or change. False of a
    `TransformerBridge` whose weights have been processed or whose queries, keys and values are one
    matrix, since the Hugging Face attention inside does not know of either; and of soft caps,
    attention sinks, sliding windows and distance penalties of a `HookedTransformer`.
    """
    if any(
        point.fwd_hooks or point.bwd_hooks
        for block in model.blocks
        for point in block.attn.modules()
        if isinstance(point, HookPoint)
    ):
        return False
    if isinstance(model, TransformerBridge):
        return _bridge_fusable(model)
    cfg = model.cfg
    return (
        cfg.positional_embedding_type in ("rotary", "standard")
        and not cfg.use_attn_result
        and not cfg.use_attention_sinks
        and cfg.attn_scores_soft_cap <= 0
        and all(block.attn.attn_type == "global" for block in model.blocks)
    )


@contextmanager
def fused(model: Model) -> Iterator[None]:
    """Run a block with fused attention. Only for models that are `fusable`."""
    if isinstance(model, TransformerBridge):
        config = model.original_model.config
        usual = config._attn_implementation
        parts = _to_leave_alone(model)
        forwards = [part.original_component.forward for part in parts]
    else:
        config, usual = None, None
        parts = [block.attn for block in model.blocks]
        forwards = [FusedAttention(attention) for attention in parts]
    try:
        if config is not None:
            config._attn_implementation = "sdpa"
        for part, forward in zip(parts, forwards, strict=True):
            part.__dict__["forward"] = forward
        yield
    finally:
        if config is not None:
            config._attn_implementation = usual
        for part in parts:
            part.__dict__.pop("forward", None)


def _to_leave_alone(model: TransformerBridge) -> list[Any]:
    """The parts that may run as Hugging Face wrote them: all, where nobody watches any; else the
    attentions."""
    parts = list(model.modules())
    if any(part.fwd_hooks or part.bwd_hooks for part in parts if isinstance(part, HookPoint)):
        return [block.attn for block in model.blocks]
    return [part for part in parts if isinstance(getattr(part, "original_component", None), Module)]


def _bridge_fusable(model: TransformerBridge) -> bool:
    inside = model.original_model
    attention = model.blocks[0].attn.original_component
    return (
        not model.compatibility_mode
        and all(
            getattr(attention, name, None) is not None for name in ("q_proj", "k_proj", "v_proj")
        )
        and bool(getattr(inside, "_supports_sdpa", False))
        and not getattr(inside.config, "attn_logit_softcapping", None)
        and getattr(attention, "sinks", None) is None
    )
