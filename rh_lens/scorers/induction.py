"""InductionScore: the attention to what came after the last time."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.earlier import mean_over_repeats, occurrences, standing
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class InductionScore(Scorer):
    """The attention that a token pays to what followed its earlier occurrences (prefix matching).

    The mean, over the reply's tokens x_i that occurred before, of the sum of A[i, j + 1] over all
    earlier j with x_j = x_i (Olsson et al. 2022, arXiv:2209.11895). With `repeats` and
    `TeacherForced()` this is their measure on the last copy of a random sequence. A perfect
    induction head scores 1, a sink head 0, a uniform head about 1 over the prompt's length.
    TransformerLens' `detect_head` gives the perfect head 0.495 on a sequence repeated once, since
    it counts rows of the first copy too.
    """

    name: ClassVar[str] = "induction score"

    def rows(self, reply: Reply) -> range:
        return standing(reply)

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mean_over_repeats(pattern, occurrences(reply).roll(1, dims=-1))
