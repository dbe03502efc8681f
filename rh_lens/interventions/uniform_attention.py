"""Blind heads: they attend to all that they may see alike."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.interventions.unseen import unseen


@dataclass(frozen=True)
class UniformAttention(HeadIntervention):
    """Makes query heads attend to every position they may see alike: they no longer choose.

    A[i, j] = 1 / visible(i) for visible j. Wu et al. 2024 (arXiv:2404.15574) do the same, by
    zeroing rotated queries, with the scope `decoding`. What a query may not see (the future, or
    what lies behind a sliding window) stays unseen.
    """

    site = "scores"
    overwrites = True

    def changed(
        self, own: Float[Tensor, "batch chosen row pos"], at: Moment
    ) -> Float[Tensor, "batch chosen row pos"]:
        return own.masked_fill(~unseen(own), 0.0)
