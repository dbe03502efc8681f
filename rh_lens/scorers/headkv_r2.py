"""HeadKVR2Score: the attention to the needle among the keys a head attends to most."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class HeadKVR2Score(Scorer):
    """The attention to the needle among a head's N hardest looks, while the model answers.

    At each step keep the N largest weights of the row, N the needle's length; sum those that lie in
    the needle, over all steps, and divide by N (Fu et al. 2024, arXiv:2410.19258, "R2"). No token
    need match. A head that looks at the needle alone while it is said scores 1, a sink head 0; more
    when the reply is longer than the needle, as in the authors' code.
    """

    name: ClassVar[str] = "HeadKV R2 score"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        needle = reply.case.needle
        count = min(len(needle), pattern.shape[-1])
        if count == 0:
            return torch.full_like(pattern[:, 0, 0], torch.nan)
        least = pattern.topk(count, dim=-1).values[..., -1:]  # head step 1
        above, tied = pattern > least, pattern == least
        room = count - above.sum(dim=-1, keepdim=True)  # of those tied, the lowest positions
        kept = pattern * (above | (tied & (tied.cumsum(dim=-1) <= room)))
        return mass(kept, [needle]).sum(dim=-1) / len(needle)
