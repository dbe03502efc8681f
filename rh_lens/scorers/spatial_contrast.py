"""SpatialContrast: the attention to the needle beyond its share of the prompt."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class SpatialContrast(Scorer):
    """The attention to the needle beyond what as many other positions get, while it is said.

    `WriteContribution` with attention in place of what is written (the baseline of LOCOS,
    arXiv:2607.01002). A head that looks at the needle alone scores 1, a uniform head 0, a sink head
    -|needle| / |rest|.
    """

    name: ClassVar[str] = "spatial contrast"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        return contrast(pattern, reply)


def contrast(pattern: Float[Tensor, "head step pos"], reply: Reply) -> Float[Tensor, " head"]:
    """The needle's sum minus its share of all the rest's, row by row, averaged."""
    needle = mass(pattern, [reply.case.needle])  # head step
    rest = pattern.sum(dim=-1) - needle
    visible = len(reply.case) + torch.arange(pattern.shape[1], device=pattern.device)
    size = len(reply.case.needle)
    return (needle - size / (visible - size) * rest).mean(dim=-1)
