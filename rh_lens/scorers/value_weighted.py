"""ValueWeightedMass: the share of what a head takes in that comes from the needle."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer, Weight


@dataclass(frozen=True)
class ValueWeightedMass(Scorer):
    """The share of what a head takes in while the model answers that comes from the needle.

    Attention times the length of the value vector, A |v|, each row scaled to sum to 1, summed over
    the needle and averaged over steps (the weighting of Feucht et al. 2025). A sink that holds a
    value near zero weighs little here, where it takes most of the plain attention. Between 0 and 1.
    """

    name: ClassVar[str] = "value-weighted needle mass"
    weight: ClassVar[Weight] = "value norm"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mass(pattern, [reply.case.needle]).mean(dim=-1)
