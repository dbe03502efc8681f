"""LocalMass: how much a head would keep if it could see only the sink and the recent past."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer, saying


@dataclass(frozen=True)
class LocalMass(Scorer):
    """The attention that falls on the first `sink` and the last `window` tokens: safe to stream.

    The mean over the answer's steps (Xiao et al. 2023, arXiv:2309.17453; the question that
    DuoAttention's gate answers by training, arXiv:2410.10819). 1 for a head that loses nothing when
    the middle of the cache is dropped, near 0 for a retrieval head at work.
    """

    sink: int = 4
    window: int = 64
    name: ClassVar[str] = "local mass"

    def __post_init__(self) -> None:
        if self.sink < 0 or self.window < 1:
            raise ValueError(
                f"sink is {self.sink} and window {self.window}: they count tokens, from 0 and 1"
            )

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        rows = torch.tensor(saying(reply), device=pattern.device)[:, None]
        keys = torch.arange(pattern.shape[-1], device=pattern.device)
        local = (keys < self.sink) | (keys > rows - self.window)  # step pos
        return (pattern * local).sum(dim=-1).mean(dim=-1)
