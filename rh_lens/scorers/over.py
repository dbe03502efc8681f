"""Over: another scorer, with another stretch of the prompt for its needle."""

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Remarks, Scorer, Weight


@dataclass(frozen=True)
class Over(Scorer):
    """What `scorer` gives when the stretch named `span` counts as the needle.

    `Over(RetrievalScore(), "fact")` credits every copied token of the fact, where the case's own
    needle is the answer within it.
    """

    scorer: Scorer
    span: str

    @property
    def name(self) -> str:
        return f"{self.scorer.name} over the {self.span}"

    @property
    def weight(self) -> Weight:
        return self.scorer.weight

    def rows(self, reply: Reply) -> range:
        return self.scorer.rows(self._moved(reply))

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return self.scorer.score(pattern, self._moved(reply))

    def remarks(self, pattern: Float[Tensor, "head step pos"], reply: Reply) -> Remarks:
        return self.scorer.remarks(pattern, self._moved(reply))

    def _moved(self, reply: Reply) -> Reply:
        (needle,) = reply.case.span(self.span)
        return replace(reply, case=replace(reply.case, needle=needle))
