"""LogitAttribution: how much a head writes towards what is said."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer, Weight


@dataclass(frozen=True)
class LogitAttribution(Scorer):
    """What a head adds to the logit of each token said, wherever it takes it from.

    The mean over steps of z W_O u, z the head's output and u the unembedding of the token said,
    before the final norm, which scales all heads of a step alike (direct logit attribution;
    Elhage et al. 2021). In logits, so it has no upper end; a head that writes nothing scores 0.
    """

    name: ClassVar[str] = "logit attribution"
    weight: ClassVar[Weight] = "write"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return pattern.sum(dim=-1).mean(dim=-1)
