"""ContextualScore: the attention from the answer back to the evidence."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.earlier import standing
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class ContextualScore(Scorer):
    """The attention that the reply's tokens, once they stand, pay to the fact (Focus Directions).

    The mean over the reply's own rows of the sum over the fact's tokens, between 0 and 1
    (arXiv:2503.23306). These are the rows at the tokens, not the rows that said them, so a head
    that copies scores for looking on, not for looking back. Needs the span "fact".
    """

    name: ClassVar[str] = "contextual score"

    def rows(self, reply: Reply) -> range:
        return standing(reply)

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mass(pattern, reply.case.span("fact")).mean(dim=-1)
