"""Fused attention: read a prompt at the speed of Hugging Face, where nobody needs its patterns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn import Module
from transformer_lens.hook_points import HookPoint
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.fused_attention import FusedAttention
from rh_lens.model.hooks import Model
from rh_lens.model.uncopied import gated_mlp, unembedding


def fusable(model: Model) -> bool:
    """Whether fused attention gives this model the same results, and nobody is watching.

    False while a hook is on any attention: it would not see what it is to see or change. False of a
    `TransformerBridge` whose weights have been processed or whose queries, keys and values are one
    matrix, since the Hugging Face attention inside does not know of either; and of soft caps,
    attention sinks, sliding windows and distance penalties of a `HookedTransformer`.
    """
    if any(_watched(block.attn) for block in model.blocks):
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
    inside = model.original_model.config if isinstance(model, TransformerBridge) else None
    usual = inside and inside._attn_implementation
    forwards = _of_bridge(model) if isinstance(model, TransformerBridge) else _of_hooked(model)
    try:
        if inside is not None:
            inside._attn_implementation = "sdpa"
        for part, forward in forwards:
            part.__dict__["forward"] = forward
        yield
    finally:
        if inside is not None:
            inside._attn_implementation = usual
        for part, _ in forwards:
            part.__dict__.pop("forward", None)


Forwards = list[tuple[Module, Callable[..., Any]]]  # parts, and what they are to run instead


def _of_bridge(model: TransformerBridge) -> Forwards:
    """As Hugging Face wrote them: the model and all parts, where nobody watches any; else the
    attentions."""
    watched = _watched(model)
    parts = [block.attn for block in model.blocks] if watched else list(model.modules())
    inner = [(part, getattr(part, "original_component", None)) for part in parts]
    forwards = [(part, its.forward) for part, its in inner if isinstance(its, Module)]
    if watched:
        return forwards
    attentions = [(block.attn, _forgetful(block.attn)) for block in model.blocks]
    return [(model, model.original_model.forward), *forwards, *attentions]


def _forgetful(attention: Any) -> Callable[..., Any]:
    """Hugging Face's forward, without what TransformerLens keeps of a layer's input for hooks that
    nobody has set. Its own block would let go of that in the end; left out, every layer's stays."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        attention._captured_pre_ln_residual = None
        return attention.original_component.forward(*args, **kwargs)

    return forward


def _of_hooked(model: Model) -> Forwards:
    """Fused attentions; and what nobody watches of the rest, without copies of weights."""
    found: Forwards = [(block.attn, FusedAttention(block.attn)) for block in model.blocks]
    mlps = [block.mlp for block in model.blocks if not model.cfg.attn_only]
    found += [(mlp, gated_mlp(mlp)) for mlp in mlps if type(mlp).__name__ == "GatedMLP"]
    found.append((model.unembed, unembedding(model.unembed)))
    return [(part, forward) for part, forward in found if not _watched(part)]


def _watched(part: Module) -> bool:
    return any(
        point.fwd_hooks or point.bwd_hooks
        for point in part.modules()
        if isinstance(point, HookPoint)
    )


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
