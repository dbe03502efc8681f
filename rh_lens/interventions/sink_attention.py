"""Park heads: they attend to the first token only."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.interventions.unseen import hide, unseen


@dataclass(frozen=True)
class SinkAttention(HeadIntervention):
    """Makes query heads attend to the first token they may see, and to nothing else.

    A[i, j] = 1 for the first visible j, which is the prompt's first token unless a sliding window
    hides it. That is where heads with nothing to do rest (the attention sink: Xiao et al. 2023,
    arXiv:2309.17453), so it changes what other layers read less than zeros do.
    """

    site = "scores"
    overwrites = True

    def changed(
        self, own: Float[Tensor, "batch chosen row pos"], at: Moment
    ) -> Float[Tensor, "batch chosen row pos"]:
        first = (~unseen(own)).int().argmax(dim=-1, keepdim=True)  # batch chosen row 1
        elsewhere = torch.arange(own.shape[-1], device=own.device) != first
        return hide(own, elsewhere)
