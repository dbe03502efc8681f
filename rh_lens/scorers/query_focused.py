"""QueryFocusedScore: how much the question looks at the evidence."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class QueryFocusedScore(Scorer):
    """The attention that a head pays from the question to the fact that answers it (QRHead).

    The mean over the question's tokens q of the sum over the fact's tokens d of A[q, d], between 0
    and 1 (Zhang et al. 2025, arXiv:2506.09944, Eq. 2-4), needing the spans "question" and "fact".
    The authors' code also subtracts what the query "N/A" earns and drops outlying tokens; the
    paper's equation, and this class, do not: `scores.minus(scores_of_null_queries)` subtracts.
    """

    name: ClassVar[str] = "query-focused score"

    def rows(self, reply: Reply) -> range:
        (question,) = reply.case.span("question")
        return question

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mass(pattern, reply.case.span("fact")).mean(dim=-1)
