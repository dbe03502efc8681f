"""Replace what heads gather by what they gather on average."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.interventions.checks import check_model, fingerprint
from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.model.hooks import Model
from rh_lens.model.record import record


@dataclass(frozen=True, eq=False, repr=False)
class MeanOutput(HeadIntervention):
    """Makes query heads write what they write on average: they carry nothing of this prompt.

    z = mean[layer, head] for each of `heads` (Feucht et al. 2025 take the mean over the Pile; Todd
    et al. 2024, arXiv:2310.15213, that of the last position only). Unlike zeros, it leaves the
    residual stream about where the following layers expect it.

    Attributes:
        mean: Such as `mean_output(model, cases)`.
    """

    mean: Float[Tensor, "layer head d_head"]

    site = "z"
    overwrites = True

    def check(self, model: Model, case: Case | None) -> None:
        check_model(model, self.mean, "the mean")

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "chosen d_head"]:
        return self.mean[at.layer, at.indices]

    def __repr__(self) -> str:
        return (
            f"MeanOutput(heads={self.heads!r}, mean={fingerprint(self.mean)}, scope={self.scope!r})"
        )


def mean_output(model: Model, cases: Sequence[Case]) -> Float[Tensor, "layer head d_head"]:
    """What every head gathers on average: its mean z over all positions of all prompts."""
    if not cases:
        raise ValueError("got no cases to take a mean over: give at least one")
    total = torch.stack([record(model, case.tokens).double().sum(dim=1) for case in cases])
    return (total.sum(dim=0) / sum(map(len, cases))).float()
