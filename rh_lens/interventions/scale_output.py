"""Turn heads up or down: what they gather is multiplied."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from rh_lens.interventions.intervention import HeadIntervention, Moment


@dataclass(frozen=True)
class ScaleOutput(HeadIntervention):
    """Makes query heads write more, or less, of what they write.

    z := factor z for each of `heads`. SEAL (Lee et al. 2025, arXiv:2501.15225) learns such a factor
    for every head to improve retrieval at long contexts; 0 is `ZeroOutput`.
    """

    factor: float

    site = "z"
    overwrites = False

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "batch row chosen d_head"]:
        return own * self.factor
