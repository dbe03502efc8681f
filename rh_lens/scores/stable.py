"""Stable: when to stop asking, because more cases would not change which heads are on top."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rh_lens.scores.bootstrap import cluster_means
from rh_lens.scores.head_scores import HeadScores

FIRST, GROWTH = 16, 1.5  # cases at the first look, and how many times as many at the next
AT_ONCE = 1000  # draws held in memory together


@dataclass(frozen=True)
class Stable:
    """Ask until the strongest heads are known: asking the other cases too would hardly change them.

    The promise: with probability `confidence` or more, at least `top - swaps` of the `top` heads at
    the stop are among the `top` heads of all cases. Each score that is asked for keeps it.

    The cases are asked in an order drawn from `seed`, spread over needles, lengths and depths.
    After 16 of them, and each time they are half as many more, a look is taken: needles are drawn
    with replacement, as many as were measured, each with all its cases asked so far, and the means
    taken again. A draw agrees if at least `top - swaps` of the heads on top are on top in it as
    well; a head that ties there for the last place is not. Asking ends when all but a share a of
    the draws agree.

    Who looks many times sees a lucky moment sooner or later. So a is not 1 - confidence but that
    divided by the number of looks there can be: the chance to be misled at any of them is at most
    the sum of the chances at each (Bonferroni). The schedule is geometric because it keeps that
    number small, 10 looks at 600 cases, while hardly a third of the cases is asked too many.
    Needles can all agree by luck, as tosses of a coin do: on two heads of equal score with
    probability 2^(1 - needles). So no look ends the asking that has measured fewer than
    1 + log2(1 / a) needles.

    Whole needles are drawn, although the promise is about these cases, since needles carry most of
    the variance (and the heads on top are then those of other needles of the kind, too). That makes
    the promise a cautious one. What no case asked so far has shown, no draw shows: a head that acts
    on few needles or at a single depth can be overlooked.

    Args:
        top: How many heads are to be known.
        swaps: How many of them may be others in the end. With 0 the last of them must be told from
            the one that comes next; they are often so close that all cases are asked. On 640 drawn
            cases of heads as strong as the published ones, 18 of 20 were known after a tenth.
        confidence: How often the promise is kept.
        at_most: Stop there even if the heads are not known. None: at the last case.
        seed: Of the order of the cases and of the draws.
    """

    top: int = 20
    swaps: int = 0
    confidence: float = 0.95
    at_most: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.swaps < self.top:
            raise ValueError(
                f"got top={self.top} and swaps={self.swaps}: at least one head must be known"
            )
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence is {self.confidence}: give a share between 0 and 1")
        if self.at_most is not None and self.at_most < 1:
            raise ValueError(f"at_most is {self.at_most}: ask at least one case")

    def looks(self, count: int) -> list[int]:
        """After how many of `count` cases to look; after the last of them at the latest."""
        end = min(count, self.at_most or count)
        sizes = [
            round(FIRST * GROWTH**i) for i in range(2 + int(math.log(max(end, FIRST), GROWTH)))
        ]
        return [*(size for size in sizes if size < end), end]

    def doubt(self, count: int) -> float:
        """The share of draws that may disagree at a look, if there are `count` cases."""
        return (1 - self.confidence) / len(self.looks(count))

    def needles(self, count: int) -> int:
        """How many needles must have been measured, if there are `count` cases."""
        return math.ceil(1 - math.log2(self.doubt(count)))

    def check(self, needles: Sequence[Hashable], n_heads: int) -> None:
        """Refuse cases, told by the needle of each, that could never show what is to be known."""
        if self.top >= n_heads:
            raise ValueError(
                f"all {n_heads} heads of this model are among its top {self.top}: ask for fewer"
            )
        needed, got = (
            self.needles(len(needles)),
            min(self.looks(len(needles))[-1], len(set(needles))),
        )
        if got < needed:
            raise ValueError(
                f"{got} needles cannot show with confidence {self.confidence} which heads are on "
                f"top, {needed} could: give more needles, or ask all cases, without `until`"
            )

    def agreement(self, scores: HeadScores, count: int) -> float | None:
        """The share of draws that agree with the heads on top, if there are `count` cases; None
        where too few needles were measured."""
        values, clusters = scores.measured()
        if len(set(clusters)) < self.needles(count):
            return None
        heads = scores.top(self.top)
        chosen = torch.zeros(values.shape[1:], dtype=torch.bool)
        chosen[[head.layer for head in heads], [head.index for head in heads]] = True
        agreed = draws = 0
        while draws * self.doubt(count) < 10:  # so that a tenth of the doubt can be told from it
            means = cluster_means(values, clusters, draws=AT_ONCE, seed=self.seed + draws)
            kept = _kept(means.flatten(1), chosen.flatten(), self.top)
            agreed += int((kept >= self.top - self.swaps).sum())
            draws += AT_ONCE
        return agreed / draws

    def suffices(self, agreement: float | None, count: int) -> bool:
        """Whether so many draws agree that the heads on top are known."""
        return agreement is not None and agreement >= 1 - self.doubt(count)


def _kept(
    means: Float[Tensor, "draw head"], chosen: Bool[Tensor, " head"], top: int
) -> Int[Tensor, " draw"]:
    """How many of the chosen heads are stronger, in each draw, than the first one below the top."""
    first_below = means.nan_to_num(-torch.inf).topk(top + 1).values[:, -1:]
    return (means[:, chosen] > first_below).sum(dim=1)
