"""WriteContribution: what a head writes towards the answer because of the needle."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer, Weight
from rh_lens.scorers.spatial_contrast import contrast


@dataclass(frozen=True)
class WriteContribution(Scorer):
    """What a head writes towards the answer from the needle, beyond what it writes elsewhere.

    With phi = A[step, j] v_j W_O u, u the unembedding of the token said at that step (before the
    final norm), the mean over steps of the sum of phi over the needle minus |needle| / |rest| times
    its sum over all other positions of the row (LOCOS, Gema et al. 2026, arXiv:2607.01002). In
    logits, so it has no upper end: a head that writes nothing, or the same from everywhere, scores
    0. Weight processing changes it: `fold_ln` puts the final norm's gain into u.
    """

    name: ClassVar[str] = "write contribution"
    weight: ClassVar[Weight] = "write"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return contrast(pattern, reply)
