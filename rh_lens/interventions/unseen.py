"""What a query may not see, as its attention scores tell it."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def unseen(scores: Float[Tensor, "*batch row pos"]) -> Bool[Tensor, "*batch row pos"]:
    """The future, and what lies behind a sliding window: masks add minus infinity, or nearly."""
    return scores < torch.finfo(scores.dtype).min / 2


def hide(
    scores: Float[Tensor, "*batch row pos"], hidden: Bool[Tensor, "*#batch row pos"]
) -> Float[Tensor, "*batch row pos"]:
    """The scores with more of the text out of sight."""
    return scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
