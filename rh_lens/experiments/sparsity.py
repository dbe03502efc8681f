"""How few heads hold the score?"""

import math
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.scores.bootstrap import cluster_means
from rh_lens.scores.head_scores import HeadScores, Interval


@dataclass(frozen=True, eq=False, repr=False)
class Sparsity:
    """How a score is spread over the heads of a model: thinly, or on a few.

    Everything is about the mean scores of the heads that were measured. A score below 0 counts as
    0, as it does in the bins; `negative` says how many heads had one.

    Attributes:
        scores: Whose spread it is.
        threshold: From which score on a head counts as strong.
    """

    scores: HeadScores
    threshold: float = 0.1

    @property
    def bins(self) -> pd.DataFrame:
        """How many heads fall into each bin of Wu et al. 2024, Fig. 3, and which share of them."""
        heads = self.scores.bins()
        return pd.DataFrame({"heads": heads, "share": heads / heads.sum()})

    @property
    def gini(self) -> float:
        """The Gini coefficient of the scores: 0 if all heads have the same, (n - 1) / n if one of n
        heads has it all.

        sum_i (2 i - n - 1) x_i / (n sum_i x_i) with the scores x_1 <= ... <= x_n. NaN if all are 0.
        """
        x = self._each.sort().values
        n, total = len(x), float(x.sum())
        rank = torch.arange(1, n + 1, dtype=x.dtype)
        return float(((2 * rank - n - 1) * x).sum()) / (n * total) if total else math.nan

    @property
    def above(self) -> float:
        """The share of heads that score the threshold or more."""
        return len(self.scores.above(self.threshold)) / len(self._each)

    def interval(self, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Interval:
        """The confidence interval of `above`: a percentile bootstrap over needles, NaN for fewer
        than two. It says how the share would move with other needles, not with other heads."""
        values, needles = self.scores.measured()
        if len(set(needles)) < 2:
            return Interval(math.nan, math.nan)
        means = cluster_means(values, needles, draws=draws, seed=seed).flatten(1)
        strong = (means >= self.threshold).sum(dim=1) / means.isfinite().sum(dim=1)
        ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
        low, high = torch.nanquantile(strong, ends).tolist()
        return Interval(low, high)

    @property
    def half(self) -> int:
        """How many of the strongest heads hold half of the total score: the fewest that do."""
        held = self._each.sort(descending=True).values.cumsum(dim=0)
        short = held < held[-1] / 2 * (1 - 1e-6)  # halves of float32 scores may miss by a digit
        return 1 + int(short.sum()) if held[-1] else 0

    @property
    def negative(self) -> int:
        """How many heads scored below 0."""
        return int((self.scores.mean < 0).sum())

    @property
    def layers(self) -> pd.DataFrame:
        """Of each layer: its total score, the share of all that it holds, and its strong heads."""
        sums = self._clipped.nan_to_num().sum(dim=1)
        strong = (self.scores.mean >= self.threshold).sum(dim=1)
        held = {"sum": sums.tolist(), "share": (sums / sums.sum()).tolist()}
        strong_heads = {f"heads >= {self.threshold}": strong.tolist()}
        return pd.DataFrame({**held, **strong_heads}).rename_axis("layer")

    @property
    def centre(self) -> float:
        """The layer about which the score balances: sum_l l S_l / sum_l S_l, with layers from 0 and
        S_l the total of layer l. NaN if all scores are 0."""
        sums = self.layers["sum"]
        return float((sums * sums.index).sum() / sums.sum()) if sums.sum() else math.nan

    def frame(self) -> pd.DataFrame:
        """One row of numbers, to be stacked with those of other models."""
        low, high = self.interval()
        numbers = {
            "heads": len(self._each),
            f"share >= {self.threshold}": self.above,
            "low": low,
            "high": high,
            "gini": self.gini,
            "half": self.half,
            "centre": self.centre,
            "negative": self.negative,
        }
        return pd.DataFrame([{**numbers, **self.bins["share"].add_prefix("share ")}])

    def table(self) -> str:
        """The numbers as text, and how they were obtained."""
        low, high = self.interval()
        sure = "-" if math.isnan(low) else f"{low:.2%} to {high:.2%}"
        values, needles = self.scores.measured()
        shares = ", ".join(
            f"{row['share']:.2%} {name}" for name, row in self.bins.to_dict("index").items()
        )
        return "\n".join(
            [
                f"{self.scores.name} of {len(self._each)} heads: {shares}",
                f"{self.above:.2%} score {self.threshold} or more (95 % interval {sure})",
                f"{self.half} heads hold half of the total score; Gini coefficient {self.gini:.3f}",
                f"the score balances at layer {self.centre:.1f} of 0 to {values.shape[1] - 1}",
                f"means over {len(values)} cases; interval: bootstrap over needles "
                f"({len(set(needles))}); {self.negative} scores below 0 count as 0",
            ]
        )

    def __repr__(self) -> str:
        return self.table()

    @property
    def _clipped(self) -> Float[Tensor, "layer head"]:
        return self.scores.mean.double().clamp(min=0)

    @property
    def _each(self) -> Float[Tensor, " head"]:
        return self._clipped[~self._clipped.isnan()]


def sparsity(scores: HeadScores, *, threshold: float = 0.1) -> Sparsity:
    """How few heads hold the score: the first property of retrieval heads (Wu et al. 2024, Fig. 3).

    In their published scores 2 to 6 % of heads score 0.1 or more.
    """
    if bool(scores.mean.isnan().all()):
        raise ValueError(f"no head has a {scores.name}: give scores of cases that were answered")
    return Sparsity(scores, threshold)
