"""Fused attention: read a prompt at the speed of Hugging Face, where nobody needs its patterns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformer_lens.hook_points import HookPoint
from transformer_lens.model_bridge import TransformerBridge

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
        usual, forwards = (
            config._attn_implementation,
            [_wrapped(block.attn) for block in model.blocks],
        )
    else:
        config, usual = None, None
        forwards = [partial(_hooked_forward, block.attn) for block in model.blocks]
    try:
        if config is not None:
            config._attn_implementation = "sdpa"
        for block, forward in zip(model.blocks, forwards, strict=True):
            block.attn.__dict__["forward"] = forward
        yield
    finally:
        if config is not None:
            config._attn_implementation = usual
        for block in model.blocks:
            block.attn.__dict__.pop("forward", None)


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


def _wrapped(attention: Any) -> Callable[..., Any]:
    """The Hugging Face attention inside a bridge, as it is."""
    return attention.original_component.forward


def _hooked_forward(
    attention: Any,
    query_input: Float[Tensor, "batch pos d_model"],
    key_input: Float[Tensor, "batch pos d_model"],
    value_input: Float[Tensor, "batch pos d_model"],
    past_kv_cache_entry: Any = None,
    attention_mask: Tensor | None = None,
    **unused: Any,
) -> Float[Tensor, "batch pos d_model"]:
    """The attention of a `HookedTransformer`: project, rotate, attend, project back."""
    q, k, v = attention.calculate_qkv_matrices(query_input, key_input, value_input)
    before = 0
    if past_kv_cache_entry is not None:
        before = past_kv_cache_entry.past_keys.shape[1]
        k, v = past_kv_cache_entry.append(k, v)
    if attention.cfg.positional_embedding_type == "rotary":
        q = attention.apply_rotary(q, before, attention_mask)
        k = attention.apply_rotary(k, 0, attention_mask)
    z = _attend(q, k, v, before, scale=float(1 / attention.attn_scale))
    return torch.einsum("bphd,hdm->bpm", z, attention.W_O) + attention.b_O


def _attend(
    q: Float[Tensor, "batch query head d_head"],
    k: Float[Tensor, "batch pos group d_head"],
    v: Float[Tensor, "batch pos group d_head"],
    before: int,
    scale: float,
) -> Float[Tensor, "batch query head d_head"]:
    """What each head gathers from all it may see, without a pattern."""
    n_new, total = q.shape[1], k.shape[1]
    visible: Bool[Tensor, "query pos"] | None = None
    if before and n_new > 1:
        visible = torch.ones(n_new, total, dtype=torch.bool, device=q.device).tril(before)
    z = scaled_dot_product_attention(
        q.transpose(1, 2),
        k.transpose(1, 2),
        v.transpose(1, 2),
        attn_mask=visible,
        is_causal=not before and n_new > 1,
        scale=scale,
        enable_gqa=q.shape[2] != k.shape[2],
    )
    return z.transpose(1, 2)
