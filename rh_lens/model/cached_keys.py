"""The keys that a context remembers, as its layers look them up: rotated, where a model rotates."""

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.context import BridgeContext, Context, HookedContext


def cached_keys(context: Context, layer: int) -> Float[Tensor, "pos group d_head"]:
    """The key of each token read so far, in one layer."""
    match context:
        case HookedContext():
            return context.cache.entries[layer].past_keys[0]
        case BridgeContext():
            return context.cache.layers[layer].keys[0].transpose(0, 1)
        case _:
            raise ValueError(f"{type(context).__name__} has no cache that is known: see context.py")


def put_keys(
    context: Context, layer: int, start: int, keys: Float[Tensor, "some group d_head"]
) -> None:
    """Let a layer look up `keys`, of the tokens from `start` on, in place of those it remembers."""
    known = cached_keys(context, layer)
    whole = torch.cat([known[:start], keys, known[start + len(keys) :]])[None]
    match context:
        case HookedContext():
            context.cache.entries[layer].past_keys = whole
        case BridgeContext():
            context.cache.layers[layer].keys = whole.transpose(1, 2)
