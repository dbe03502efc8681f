"""A norm whose scale is held as it was: a linear map."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Norm = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class HeldNorm:
    """What a norm did to some residual streams, each at the scale that stream gave it.

    A norm centres, scales and shifts; only the scale depends on its input in a way that is not
    linear. At a stream of zeros the scale does not change to first order, so the norm's derivative
    there is the norm at held scale, but for a factor per stream, which the stream itself tells.
    That holds for RMS and layer norms with and without gain and shift, and where there is no norm.

    Attributes:
        shift: What the norm gives to zeros.
        moved: What it gave to each stream beyond that.
        factors: How much weaker it was on each stream than it is around zeros.
    """

    norm: Norm
    shift: Float[Tensor, "pos d_model"]
    moved: Float[Tensor, "pos d_model"]
    factors: Float[Tensor, " pos"]

    def pull(
        self, towards: Float[Tensor, "n d_model"], at: list[int]
    ) -> Float[Tensor, "n d_model"]:
        """The directions before the norm that say the same as `towards` after it, each for the
        stream at a place in `at`."""
        return self.factors[at][:, None] * _pull(self.norm, towards.to(self.moved))


def hold(norm: Norm, streams: Float[Tensor, "pos d_model"]) -> HeldNorm:
    """A norm, held as it was on each of `streams`."""
    shift = norm(torch.zeros_like(streams)[None])[0].detach()
    moved = norm(streams[None])[0].detach() - shift
    along = (_pull(norm, moved).float() * streams.float()).sum(dim=-1)
    factors = moved.float().square().sum(dim=-1) / along
    return HeldNorm(norm, shift, moved, factors)


def _pull(norm: Norm, towards: Float[Tensor, "n d_model"]) -> Float[Tensor, "n d_model"]:
    with torch.enable_grad():
        zeros = torch.zeros_like(towards).requires_grad_()
        (pulled,) = torch.autograd.grad(norm(zeros[None])[0], zeros, towards)
    return pulled
