"""Shorten heads' sight: they see the beginning and what is near."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.interventions.unseen import hide
from rh_lens.model.hooks import Model


@dataclass(frozen=True)
class Streaming(HeadIntervention):
    """Makes query heads see only the first tokens and the most recent ones.

    From position i: those below `sinks` and those above i - `recent`, itself included. A head that
    loses nothing by it needs no KV cache of the rest (DuoAttention: Xiao et al. 2024,
    arXiv:2410.10819, whose training uses the defaults).
    """

    sinks: int = 128
    recent: int = 256

    site = "scores"
    overwrites = False

    def check(self, model: Model, case: Case | None) -> None:
        if self.sinks < 0 or self.recent < 1:
            raise ValueError(
                f"got {self.sinks} sinks and {self.recent} recent tokens: a head must see itself "
                "at least, so give 0 or more and 1 or more"
            )

    def changed(
        self, own: Float[Tensor, "batch chosen row pos"], at: Moment
    ) -> Float[Tensor, "batch chosen row pos"]:
        key = torch.arange(own.shape[-1], device=own.device)
        row = torch.arange(at.rows.start, at.rows.stop, device=own.device)[:, None]
        return hide(own, (key >= self.sinks) & (key <= row - self.recent))
