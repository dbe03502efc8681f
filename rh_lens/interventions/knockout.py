"""Hide part of the text from heads."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.interventions.unseen import hide, unseen
from rh_lens.model.hooks import Model


@dataclass(frozen=True)
class Knockout(HeadIntervention):
    """Hides positions from query heads: they may act, but not look there.

    The attention scores from the rows of `scope` to `hidden` become minus infinity, so the rest of
    the attention grows in proportion (attention knockout: Geva et al. 2023, arXiv:2304.14767).

    Attributes:
        hidden: Positions, or the name of a span of the case, such as "needle" or "fact".
    """

    hidden: range | str

    site = "scores"
    overwrites = False

    def check(self, model: Model, case: Case | None) -> None:
        hidden = self.hidden
        if isinstance(hidden, range) and not (0 <= hidden.start < hidden.stop and hidden.step == 1):
            raise ValueError(
                f"got {hidden} to hide: give a range of positions from 0 on, in step 1"
            )
        last = max((span.stop for span in self._spans(case)), default=0)
        if case is not None and last > (longest := len(case) + len(case.answer)):
            raise ValueError(
                f"{hidden} is to be hidden, but prompt and answer have {longest} tokens: give "
                "positions among them"
            )

    def changed(
        self, own: Float[Tensor, "batch chosen row pos"], at: Moment
    ) -> Float[Tensor, "batch chosen row pos"]:
        hidden = torch.zeros(own.shape[-1], dtype=torch.bool, device=own.device)
        for span in self._spans(at.case):
            hidden[span.start : span.stop] = True
        hid = hide(own, hidden.expand(own.shape[-2:]))
        blind = (unseen(hid) & ~unseen(own)).any(dim=-1) & unseen(hid).all(dim=-1)
        if bool(blind.any()):
            row = at.rows.start + int(blind.nonzero()[0, -1])
            raise ValueError(
                f"position {row} sees nothing but what is to be hidden from it: hide less, or "
                f"choose a scope without it, such as 'decoding'"
            )
        return hid

    def _spans(self, case: Case | None) -> tuple[range, ...]:
        if isinstance(self.hidden, range):
            return (self.hidden,)
        if case is None:
            raise ValueError(
                f"which positions are the span {self.hidden!r} depends on the case: name it, as "
                "in .on(model, case)"
            )
        return (case.needle,) if self.hidden == "needle" else case.span(self.hidden)
