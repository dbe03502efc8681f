"""EvidenceMass: the attention from the end of the prompt to the evidence."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class EvidenceMass(Scorer):
    """The attention that the last `window` tokens of the prompt pay to the fact (EHPC).

    The mean over those rows of the sum over the fact's tokens, between 0 and 1 (Fei et al. 2025,
    arXiv:2501.12959, who then choose the one layer with the largest sum and its top 8 heads; here
    every head keeps its own). Needs the span "fact".
    """

    window: int = 8
    name: ClassVar[str] = "evidence mass"

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window is {self.window}: it is a number of positions, 1 or more")

    def rows(self, reply: Reply) -> range:
        return range(max(0, len(reply.case) - self.window), len(reply.case))

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mass(pattern, reply.case.span("fact")).mean(dim=-1)
