"""Do two scores agree within every needle, or only on the whole?"""

import math
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.experiments.agreement import Kind, correlation
from rh_lens.scores.bootstrap import cluster_means
from rh_lens.scores.head_scores import HeadScores, Interval


@dataclass(frozen=True, eq=False, repr=False)
class ByNeedle:
    """The correlation of two scores over heads, once for every needle that both were asked.

    Attributes:
        kind: Which correlation.
        correlations: One per needle; NaN where a score is the same for all heads.
        mean: Over the needles that have one.
        interval: Of the mean: a percentile bootstrap over needles, NaN for fewer than two.
    """

    kind: str
    correlations: pd.Series
    mean: float
    interval: Interval

    def __repr__(self) -> str:
        defined = int(self.correlations.notna().sum())
        low, high = self.interval
        return (
            f"{self.correlations.to_string(float_format='{:.3f}'.format)}\n\n"
            f"mean {self.kind} correlation {self.mean:.3f} ({low:.3f} to {high:.3f}) over "
            f"{defined} of {len(self.correlations)} needles"
        )


def by_needle(
    a: HeadScores, b: HeadScores, *, kind: Kind, level: float, draws: int, seed: int
) -> ByNeedle:
    """Correlate the per-head means over each needle's cases."""
    of_a, of_b = _means(a), _means(b)
    needles = [needle for needle in of_a if needle in of_b]
    if not needles:
        raise ValueError(
            f"no needle was measured in both: one has {list(of_a)[:3]}, the other {list(of_b)[:3]} "
            f"(of {len(of_a)} and {len(of_b)}): score both on cases with the same needles"
        )
    found = [_correlation(of_a[needle], of_b[needle], kind) for needle in needles]
    correlations = pd.Series(found, index=pd.Index(needles, name="needle"), name=kind, dtype=float)
    defined = correlations.dropna()
    low = high = math.nan
    if len(defined) > 1:
        each = torch.tensor(defined.to_list(), dtype=torch.float32)
        means = cluster_means(each, list(defined.index), draws=draws, seed=seed)
        low, high = torch.quantile(means, torch.tensor([(1 - level) / 2, (1 + level) / 2])).tolist()
    mean = float(defined.mean()) if len(defined) else math.nan
    return ByNeedle(kind, correlations, mean, Interval(low, high))


def _means(scores: HeadScores) -> dict[object, Float[Tensor, " head"]]:
    """Mean of every head over the measured cases of each needle; cases that name none are not in.

    Without a name, two cases of different files cannot be told to be of one needle.
    """
    measured = ~scores.values.isnan().all(dim=(1, 2))
    cases: dict[object, list[int]] = {}
    for i, labels in enumerate(scores.labels):
        if measured[i] and labels.get("needle") is not None:
            cases.setdefault(labels["needle"], []).append(i)
    return {
        needle: scores.values[at].double().nanmean(dim=0).flatten() for needle, at in cases.items()
    }


def _correlation(x: Float[Tensor, " head"], y: Float[Tensor, " head"], kind: Kind) -> float:
    both = ~(x.isnan() | y.isnan())
    return correlation(x[both].numpy(), y[both].numpy(), kind)
