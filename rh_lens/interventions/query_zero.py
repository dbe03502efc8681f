"""Take away what heads ask for: their queries become zero."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.interventions.intervention import HeadIntervention, Moment


@dataclass(frozen=True)
class QueryZero(HeadIntervention):
    """Makes query heads ask for nothing.

    q = 0 for each of `heads`, before any norm of queries and before rotation (Gema et al. 2026,
    arXiv:2607.01002). Where attention depends on queries and keys alone, that is
    `UniformAttention`; with distance penalties (ALiBi) the head still prefers what is near. A model
    that normalises the queries of all heads together (OLMo 2) thereby changes its other heads'
    queries as well.
    """

    site = "q"
    overwrites = True

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "batch row chosen d_head"]:
        return torch.zeros_like(own)
