"""PassageHitRate: how often a head looks hardest into the right passage."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class PassageHitRate(Scorer):
    """The share of steps at which a head looks hardest into the fact, whatever is said (RAP).

    The retrieval score without its condition on the token (Qiu et al. 2025, arXiv:2501.08248),
    between 0 and 1; a sink head scores 0. Needs the span "fact".
    """

    name: ClassVar[str] = "passage hit rate"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        looked_at = pattern.argmax(dim=-1)  # head step
        within = [
            (looked_at >= span.start) & (looked_at < span.stop) for span in reply.case.span("fact")
        ]
        return torch.stack(within).any(dim=0).float().mean(dim=-1)
