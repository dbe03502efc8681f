"""Fused attention for a layer of a `HookedTransformer`, which has none of its own."""

from typing import Any, cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention

from rh_lens.model.unwatched import queries_keys_values

SHORT = 64  # tokens: passes up to this length are many, and on the same keys


class Room:
    """Keys or values with room after them, so that one more token copies none of those before it.

    What was given out earlier is overwritten where a text goes on otherwise.
    """

    def __init__(self) -> None:
        self.whole: Float[Tensor, "batch room group d_head"] | None = None

    def append(
        self,
        before: Float[Tensor, "batch before group d_head"],
        new: Float[Tensor, "batch new group d_head"],
    ) -> Float[Tensor, "batch pos group d_head"]:
        """All of them, one after the other."""
        known = before.shape[1]
        total = known + new.shape[1]
        held = self.whole is not None and self.whole.data_ptr() == before.data_ptr()
        if self.whole is None or not held or total > self.whole.shape[1]:
            self.whole = before.new_empty(len(before), total + SHORT, *before.shape[2:])
            self.whole[:, :known] = before
        self.whole[:, known:total] = new
        return self.whole[:, :total]


class FusedAttention:
    """Project, rotate, attend without a pattern, project back.

    TransformerLens keeps keys as they are before their rotary embedding, rotates all of them in
    every pass, and copies all that is kept for every token. Here short passes keep them rotated,
    too, and append in place; so an object serves one context, as long as nobody else reads into it
    or holds on to what it held.
    """

    def __init__(self, attention: Any):
        self.attention = attention
        self.keys, self.values, self.turned = Room(), Room(), Room()
        self.rotated: Float[Tensor, "batch pos group d_head"] | None = None

    def __call__(
        self,
        query_input: Float[Tensor, "batch pos d_model"],
        key_input: Float[Tensor, "batch pos d_model"],
        value_input: Float[Tensor, "batch pos d_model"],
        past_kv_cache_entry: Any = None,
        attention_mask: Tensor | None = None,
        **unused: Any,
    ) -> Float[Tensor, "batch pos d_model"]:
        attention = self.attention
        inputs = query_input, key_input, value_input
        if query_input.shape[1] > SHORT:
            q, k, v = attention.calculate_qkv_matrices(*inputs)
        else:
            q, k, v = queries_keys_values(attention, *inputs)
        before = 0
        if past_kv_cache_entry is not None:
            before = past_kv_cache_entry.past_keys.shape[1]
            k, v = self._kept(past_kv_cache_entry, k, v)
        if attention.cfg.positional_embedding_type == "rotary":
            q = attention.apply_rotary(q, before)
            k = self._rotate(k, before)
        z = _attend(q, k, v, before, scale=float(1 / attention.attn_scale))
        return linear(z.flatten(2), attention.W_O.flatten(0, 1).T, attention.b_O)

    def _rotate(
        self, keys: Float[Tensor, "batch pos group d_head"], before: int
    ) -> Float[Tensor, "batch pos group d_head"]:
        """All keys with their rotary embedding, those before the `before`th perhaps kept."""
        changes = getattr(self.attention.cfg, "use_dynamic_ntk_rope", False)  # with the length
        if changes or not before or keys.shape[1] - before > SHORT:
            self.rotated = None
            return self.attention.apply_rotary(keys, 0)
        if self.rotated is None or self.rotated.shape[1] < before:
            self.rotated = self.attention.apply_rotary(keys, 0)
        else:
            added = self.attention.apply_rotary(keys[:, before:], before)
            self.rotated = self.turned.append(self.rotated[:, :before], added)
        return self.rotated

    def _kept(self, entry: Any, new_keys: Tensor, new_values: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, which the cache then holds."""
        if new_keys.shape[1] > SHORT or entry.frozen:
            return cast(tuple[Tensor, Tensor], entry.append(new_keys, new_values))
        entry.past_keys = self.keys.append(entry.past_keys, new_keys)
        entry.past_values = self.values.append(entry.past_values, new_values)
        return entry.past_keys, entry.past_values


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
