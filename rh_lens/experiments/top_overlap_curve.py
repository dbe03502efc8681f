"""How many needles does it take to know the strongest heads?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from rh_lens.experiments.agreement import chance_overlap, top_share
from rh_lens.scores.head_scores import HeadScores

ALL, OTHERS = "all needles", "as many others"
POINTS = 12  # sizes looked at, if there are more needles than these


@dataclass(frozen=True, eq=False, repr=False)
class TopOverlapCurve:
    """How alike the strongest heads of few needles are to those of all, or of as many others.

    Attributes:
        scores: Whose top it is.
        count: How many heads are the top.
        frame: One row per comparison (`against`) and number of `needles`: the `mean` over draws of
            the share of the top in common, and where the middle 95 % of draws lie (`low`, `high`).
        draws: How often needles were drawn.
        seed: Of these draws.
    """

    scores: HeadScores
    count: int
    frame: pd.DataFrame
    draws: int
    seed: int

    @property
    def chance(self) -> float:
        """The share that two orders by lot would have in common."""
        n_heads = int((~self.scores.mean.isnan()).sum())
        return chance_overlap(n_heads, self.count) / self.count

    def enough(self, share: float = 0.9) -> int | None:
        """The fewest needles whose top has this share in common with that of as many others, on
        average; None if half the needles are too few."""
        rows = self.frame[self.frame["against"] == OTHERS]
        reached = rows.loc[rows["mean"] >= share, "needles"]
        return None if reached.empty else int(reached.iloc[0])

    def __repr__(self) -> str:
        shown = self.frame.to_string(index=False, float_format="{:.2f}".format)
        return (
            f"share of the top {self.count} heads in common\n{shown}\n"
            f"by chance {self.chance:.2f}; {self.draws} draws of needles, seed {self.seed}"
        )


def top_overlap_curve(
    scores: HeadScores,
    *,
    count: int = 10,
    sizes: Sequence[int] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> TopOverlapCurve:
    """How many needles does it take to know the `count` strongest heads?

    Needles are drawn without replacement, each with all its cases (a case without that label is its
    own needle). The top of n needles is held against that of all of them, of which it is a part,
    and, up to half of all, against that of n others. Heads that tie for the last places share them,
    as in `Comparison.overlap`: if fewer than `count` heads score at all, even all needles do not
    agree fully with themselves.

    Args:
        sizes: Numbers of needles to look at. None: all up to 12, or 12 of them, closer at first.
    """
    values, clusters = scores.measured()
    names = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    n_heads = int((~scores.mean.isnan()).sum())
    if len(names) < 2:
        raise ValueError(f"got {len(names)} needles: score cases of two or more that are answered")
    if not 0 < count < n_heads:
        raise ValueError(
            f"got a top {count} of {n_heads} heads: ask for one or more, and fewer than there are"
        )
    every = np.unique(np.geomspace(1, len(names), POINTS).round().astype(int)).tolist()
    sizes = list(sizes or (range(1, len(names) + 1) if len(names) <= POINTS else every))
    if not all(0 < size <= len(names) for size in sizes):
        raise ValueError(f"got the sizes {sizes}: ask for 1 to {len(names)} needles")
    member = torch.tensor([names[cluster] for cluster in clusters])
    flat = values.flatten(1).double()[:, ~scores.mean.flatten().isnan()]
    zeros = torch.zeros(len(names), n_heads, dtype=torch.float64)
    totals = zeros.index_add(0, member, flat.nan_to_num()).numpy()  # needle head
    counts = zeros.index_add(0, member, flat.isfinite().double()).numpy()
    whole = _top(totals, counts, count)
    found: dict[tuple[str, int], list[float]] = {(ALL, size): [] for size in sizes}
    found |= {(OTHERS, size): [] for size in sizes if 2 * size <= len(names)}
    draw = np.random.default_rng(seed)
    for _ in range(draws):
        order = draw.permutation(len(names))
        for size in sizes:
            few = _top(totals[order[:size]], counts[order[:size]], count)
            found[ALL, size].append(float(few @ whole) / count)
            if (OTHERS, size) in found:
                others = order[size : 2 * size]
                apart = _top(totals[others], counts[others], count)
                found[OTHERS, size].append(float(few @ apart) / count)
    rows = [
        (against, size, np.mean(shares), *np.quantile(shares, (0.025, 0.975)))
        for (against, size), shares in found.items()
    ]
    frame = pd.DataFrame(rows, columns=["against", "needles", "mean", "low", "high"])
    return TopOverlapCurve(scores, count, frame, draws, seed)


def _top(
    totals: Float[np.ndarray, "needle head"], counts: Float[np.ndarray, "needle head"], count: int
) -> Float[np.ndarray, " head"]:
    """Every head's share of a place in the top of the mean over some needles' cases; 0 for heads
    that none of these measured."""
    asked = counts.sum(axis=0)
    measured = asked > 0
    share = np.zeros(len(asked))
    share[measured] = top_share(totals.sum(axis=0)[measured] / asked[measured], count)
    return share
