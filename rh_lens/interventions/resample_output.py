"""Replace what heads gather by what they gathered elsewhere."""

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
class ResampleOutput(HeadIntervention):
    """Makes query heads write what they wrote at a random place of another prompt.

    z[i] = pool[draw(i)] for each of `heads`, the draw depending on position and seed alone, so that
    all heads write what they wrote together. What a head carries is then wrong, but of the usual
    kind and size (resampling ablation: Chan et al. 2022, causal scrubbing).

    Attributes:
        pool: Such as `output_pool(model, cases)`, of prompts other than the one that is asked.
    """

    pool: Float[Tensor, "layer sample head d_head"]
    seed: int = 0

    site = "z"
    overwrites = True

    def check(self, model: Model, case: Case | None) -> None:
        check_model(model, self.pool, "the pool")

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "row chosen d_head"]:
        generator = torch.Generator().manual_seed(self.seed)
        drawn = torch.randint(self.pool.shape[1], (at.rows.stop,), generator=generator)
        rows = drawn[at.rows.start :].to(self.pool.device)
        return self.pool[at.layer][rows][:, at.indices]

    def __repr__(self) -> str:
        return (
            f"ResampleOutput(heads={self.heads!r}, pool={fingerprint(self.pool)}, "
            f"seed={self.seed}, scope={self.scope!r})"
        )


def output_pool(
    model: Model, cases: Sequence[Case], *, count: int = 1024, seed: int = 0
) -> Float[Tensor, "layer sample head d_head"]:
    """What every head gathered at `count` positions drawn from all positions of all prompts, or at
    every one of them where there are fewer."""
    if not cases or count < 1:
        raise ValueError(f"got {len(cases)} cases to draw {count} positions from: give 1 or more")
    total = sum(map(len, cases))
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))[:count]
    drawn = order.sort().values
    samples, before = [], 0
    for case in cases:
        here = drawn[(drawn >= before) & (drawn < before + len(case))] - before
        if len(here):
            z = record(model, case.tokens)
            samples.append(z[:, here.to(z.device)])
        before += len(case)
    return torch.cat(samples, dim=1)
