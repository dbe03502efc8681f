"""Mass: how much of each look falls on some stretches of the prompt."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor


def mass(
    pattern: Float[Tensor, "head step pos"], spans: Iterable[range]
) -> Float[Tensor, "head step"]:
    """The sum of each row over `spans`; positions that a row does not reach count nothing."""
    total = torch.zeros_like(pattern[..., 0])
    for span in spans:
        total = total + pattern[..., span.start : span.stop].sum(dim=-1)
    return total
