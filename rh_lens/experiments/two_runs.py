"""The two runs of a pair: what they hold at a site, and what they say."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.cases.pair import Pair
from rh_lens.metrics import LogitMetric, told_answer
from rh_lens.model.forward import forward
from rh_lens.model.hooks import Model
from rh_lens.model.record import Site, recording

Direction = Literal["denoising", "noising"]


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """A run to be changed, and the run its changes come from.

    Attributes:
        site: Where they are looked at.
        tokens: Prompt and answer of the run to be changed.
        others: The same of the other.
        rows: Of `tokens`, from which the answer is said.
        own: What stands at the site in it.
        source: What stands there in the other.
        said: The logits of the clean run.
        clean: The metric of the clean run.
        corrupt: The metric of the corrupt run.
    """

    case: Case
    metric: LogitMetric
    direction: Direction
    site: Site
    tokens: Int[Tensor, " pos"]
    others: Int[Tensor, " pos"]
    rows: range
    own: Float[Tensor, "layer ..."]
    source: Float[Tensor, "layer ..."]
    said: Float[Tensor, "answer vocab"]
    clean: float
    corrupt: float

    @property
    def base(self) -> float:
        """The metric of the run to be changed."""
        return self.corrupt if self.direction == "denoising" else self.clean

    def measure(self, logits: Float[Tensor, "batch answer vocab"]) -> Float[Tensor, " batch"]:
        return self.metric.of(logits, self.case, self.said)


@torch.no_grad()
def two_runs(
    model: Model, pair: Pair, site: Site, direction: Direction, metric: LogitMetric
) -> TwoRuns:
    """Run a pair, one forward pass each."""
    (clean_tokens, rows), (corrupt_tokens, _) = told_answer(pair.clean), told_answer(pair.corrupt)
    with recording(model, site) as clean:
        said = forward(model, clean_tokens[None], rows)
    with recording(model, site) as corrupt:
        told = forward(model, corrupt_tokens[None], rows)
    denoising = direction == "denoising"
    return TwoRuns(
        case=pair.clean,
        metric=metric,
        direction=direction,
        site=site,
        tokens=corrupt_tokens if denoising else clean_tokens,
        others=clean_tokens if denoising else corrupt_tokens,
        rows=rows,
        own=(corrupt if denoising else clean).of(site),
        source=(clean if denoising else corrupt).of(site),
        said=said[0],
        clean=metric.of(said, pair.clean, said[0]).item(),
        corrupt=metric.of(told, pair.clean, said[0]).item(),
    )
