"""SinkMass: how much of a head's attention rests on the first token."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class SinkMass(Scorer):
    """The attention to the prompt's first token while the model answers (Xiao et al. 2023).

    The mean over steps of A[step, 0], arXiv:2309.17453: 1 for a sink head, about 1 over the length
    for a uniform one.
    """

    name: ClassVar[str] = "sink mass"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return pattern[..., 0].mean(dim=-1)
