"""Silence heads: what they gather becomes zero."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.interventions.intervention import HeadIntervention, Moment


@dataclass(frozen=True)
class ZeroOutput(HeadIntervention):
    """Silences query heads: they write nothing.

    z = 0 for each of `heads`. Everywhere, that is the same as zeroing the rows of W_O that belong
    to them, as released code for retrieval heads does (`z_zero`). Wu et al. 2024
    (arXiv:2404.15574) instead make attention uniform while decoding, so their numbers differ.
    """

    site = "z"
    overwrites = True

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "batch row chosen d_head"]:
        return torch.zeros_like(own)
