"""Fused attention: read a prompt at the speed of Hugging Face, where nobody needs its patterns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn import Module
from transformer_lens.hook_points import HookPoint
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent

from rh_lens.model.fused_attention import FusedAttention
from rh_lens.model.hooks import Model
from rh_lens.model.unwatched import gated_mlp, normed_at_once, once_of_thrice, unembedding


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
    swaps = _of_bridge(model) if isinstance(model, TransformerBridge) else _of_hooked(model)
    before = [held.get(name) for held, name, _ in swaps]
    try:
        if inside is not None:
            inside._attn_implementation = "sdpa"
        for held, name, other in swaps:
            held[name] = other
        yield
    finally:
        if inside is not None:
            inside._attn_implementation = usual
        for (held, name, _), was in zip(swaps, before, strict=True):
            if was is None:
                held.pop(name, None)
            else:
                held[name] = was


Swap = tuple[dict[str, Any], str, Any]  # where something stands, its name, what is to stand there


def _forward(part: Module, forward: Callable[..., Any]) -> Swap:
    return part.__dict__, "forward", forward


def _of_bridge(model: TransformerBridge) -> list[Swap]:
    """Where nobody watches, the parts that Hugging Face made, in their own places; else its
    attentions alone."""
    if _watched(model) or _hooked_by_pytorch(model):
        attentions = [block.attn for block in model.blocks]
        return [_forward(each, each.original_component.forward) for each in attentions]
    inside = model.original_model
    placed = [
        (holder._modules, name, part.original_component)
        for holder in inside.modules()
        if not isinstance(holder, GeneralizedComponent)
        for name, part in holder._modules.items()
        if isinstance(part, GeneralizedComponent) and part.original_component is not None
    ]
    norms = [_forward(part, forward) for *_, part in placed if (forward := normed_at_once(part))]
    return [_forward(model, inside.forward), *placed, *norms]


def _of_hooked(model: Model) -> list[Swap]:
    """Fused attentions; and what nobody watches of the rest, without copies of weights."""
    found: list[tuple[Module, Callable[..., Any]]]
    found = [(block.attn, FusedAttention(block.attn)) for block in model.blocks]
    mlps = [block.mlp for block in model.blocks if not model.cfg.attn_only]
    found += [(mlp, gated_mlp(mlp)) for mlp in mlps if type(mlp).__name__ == "GatedMLP"]
    if not model.cfg.use_attn_in and not model.cfg.use_split_qkv_input:
        found += [(block.ln1, once_of_thrice(block.ln1)) for block in model.blocks]
    norms = [block.ln2 for block in model.blocks if not model.cfg.attn_only]
    norms += [model.ln_final] if hasattr(model, "ln_final") else []
    found += [(norm, forward) for norm in norms if (forward := normed_at_once(norm))]
    found.append((model.unembed, unembedding(model.unembed)))
    return [_forward(part, forward) for part, forward in found if not _watched(part)]


def _watched(part: Module) -> bool:
    return any(
        point.fwd_hooks or point.bwd_hooks
        for point in part.modules()
        if isinstance(point, HookPoint)
    )


def _hooked_by_pytorch(model: TransformerBridge) -> bool:
    """Whether a part has a hook of PyTorch's own beside those that TransformerLens set itself, for
    hooks of its own that nobody has set."""
    own = {
        handle.id
        for block in model.blocks
        for handle in getattr(block, "_capture_hook_handles", ())
    }
    return any(
        {*part._forward_hooks, *part._forward_pre_hooks} - own
        for part in model.modules()
        if isinstance(part, GeneralizedComponent)
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
