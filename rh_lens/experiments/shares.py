"""Shares that add up to the whole, or are not told."""

import torch
from jaxtyping import Float
from torch import Tensor

EXACT = 0.02  # how far from the whole they may be, in all steps together: as bfloat16 is


def biases(
    whole: Float[Tensor, "pos width"], explained: Float[Tensor, "pos width"]
) -> Float[Tensor, " width"]:
    """What is the same at every position beside what is explained; NaN if it is not the same."""
    rest = whole - explained
    constant = rest.mean(dim=0)
    same = bool((rest - constant).norm() <= EXACT * whole.norm() + 1e-4)
    return constant if same else torch.full_like(constant, torch.nan)


def told(
    shares: Float[Tensor, "step part"], whole: Float[Tensor, " step"]
) -> Float[Tensor, "step part"]:
    """The shares if they add up to the whole to within a fiftieth, else NaN: not measured. Steps
    whose whole is NaN have none.

    They do not where a model is not made as is supposed here: where a norm follows each part or
    each query and key, where scores or logits are capped, or in a precision too low.
    """
    known = ~whole.isnan()
    off = (shares.sum(dim=-1) - whole)[known].norm()
    exact = bool(off <= EXACT * whole[known].norm() + 1e-4)
    return shares.where(exact & known[:, None], torch.nan)
