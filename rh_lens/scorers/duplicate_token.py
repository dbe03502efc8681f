"""DuplicateTokenScore: the attention to the same token, earlier."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.earlier import mean_over_repeats, occurrences, standing
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class DuplicateTokenScore(Scorer):
    """The attention that a token pays to its own earlier occurrences.

    The mean, over the reply's tokens x_i that occurred before, of the sum of A[i, j] over all
    earlier j with x_j = x_i (Wang et al. 2022, arXiv:2211.00593; the "echo" score of Tang et al.
    2024, arXiv:2407.15891, without its sum over all cells). A perfect head scores 1, a sink head 0,
    a uniform head about 1 over the prompt's length.
    """

    name: ClassVar[str] = "duplicate-token score"

    def rows(self, reply: Reply) -> range:
        return standing(reply)

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return mean_over_repeats(pattern, occurrences(reply))
