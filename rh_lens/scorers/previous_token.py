"""PreviousTokenScore: the attention to the token before."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class PreviousTokenScore(Scorer):
    """The attention that a token pays to the one before it.

    The mean of A[i, i - 1] over the last `window` positions of prompt and reply (Olsson et al.
    2022, arXiv:2209.11895, who average over whole texts). A perfect previous-token head scores 1, a
    sink head 0 (once the window lies beyond position 1), a uniform head about 1 over the length.
    """

    window: int = 128
    name: ClassVar[str] = "previous-token score"

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window is {self.window}: it is a number of positions, 1 or more")

    def rows(self, reply: Reply) -> range:
        stop = len(reply.case) + len(reply.tokens)
        return range(max(1, stop - self.window), stop)

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        rows = torch.tensor(self.rows(reply), device=pattern.device)
        steps = torch.arange(len(rows), device=pattern.device)
        return pattern[:, steps, rows - 1].mean(dim=-1)
