"""How far two scores agree on the same heads, in numbers.

Heads that tie for the last places among the strongest share them: each gets the chance that it
would be taken if equals were drawn by lot. So an order that a score does not make (seven heads in
ten score exactly 0) is never counted as agreement.
"""

import math
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from scipy.stats import hypergeom, kendalltau, rankdata

Kind = Literal["spearman", "kendall", "pearson"]
Each = Float[np.ndarray, " head"]


def top_share(values: Each, count: int) -> Each:
    """Every head's share of a place among the `count` strongest: 1 in, 0 out, between for ties."""
    return _share(*_places(values), count)


def _places(values: Each) -> tuple[Each, Each]:
    """How many heads are stronger than each, and how many are as strong, itself among them."""
    stronger = rankdata(-values, method="min") - 1.0
    return stronger, rankdata(-values, method="max") - stronger


def _share(stronger: Each, tied: Each, count: int) -> Each:
    return np.clip((count - stronger) / tied, 0.0, 1.0)


def correlation(x: Each, y: Each, kind: str) -> float:
    """Pearson's r, Spearman's rho (equals share their mean rank) or Kendall's tau-b.

    NaN if one of them is the same for every head, since it then puts them in no order.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"there is no correlation {kind!r}: it can be {', '.join(get_args(Kind))}")
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    if kind == "kendall":
        return float(kendalltau(x, y, method="asymptotic").statistic)
    x, y = (x, y) if kind == "pearson" else (rankdata(x), rankdata(y))
    return float(np.corrcoef(x, y)[0, 1])


def permutation_p(
    x: Each, y: Each, kind: str, *, permutations: int, seed: int, block: int = 1
) -> float:
    """How often heads dealt out anew correlate at least as strongly, up or down.

    (1 + as strong) / (1 + permutations), so never 0. Heads are dealt in blocks of `block`, which
    keeps together those that share one value.
    """
    if permutations < 1:
        raise ValueError(f"got {permutations} permutations: give one or more, like 1000")
    observed = correlation(x, y, kind)
    if math.isnan(observed):
        return math.nan
    if kind == "spearman":
        x, y, kind = rankdata(x), rankdata(y), "pearson"
    draw, blocks = np.random.default_rng(seed), x.reshape(-1, block)
    by_lot = [correlation(draw.permutation(blocks).ravel(), y, kind) for _ in range(permutations)]
    as_strong = np.abs(by_lot) >= abs(observed) - 1e-12
    return float((1 + as_strong.sum()) / (1 + permutations))


def overlap(x: Each, y: Each, count: int) -> float:
    """How many heads are among the `count` strongest of both: a fraction if ties share places."""
    return float(top_share(x, count) @ top_share(y, count))


def jaccard(x: Each, y: Each, count: int) -> float:
    """Heads among the `count` strongest of both, as a share of those of either."""
    both = overlap(x, y, count)
    return both / (2 * min(count, len(x)) - both) if len(x) else math.nan


def chance_overlap(n_heads: int, count: int) -> float:
    """The heads that the tops of two random rankings share on average: `count`² / heads."""
    return min(count, n_heads) ** 2 / n_heads if n_heads else math.nan


def chance_jaccard(n_heads: int, count: int) -> float:
    """The Jaccard index to expect of two random rankings: the overlap is hypergeometric."""
    if not n_heads:
        return math.nan
    count = min(count, n_heads)
    both = np.arange(count + 1)
    return float(hypergeom(n_heads, count, count).pmf(both) @ (both / (2 * count - both)))


def rank_biased_overlap(x: Each, y: Each, p: float, depth: int | None = None) -> float:
    """RBO_ext, with equals in every order at once: see `Comparison.rank_biased_overlap`."""
    if not len(x):
        return math.nan
    depths = np.arange(1, (len(x) if depth is None else depth) + 1)
    if not (0 < p < 1 and 0 < len(depths) <= len(x)):
        raise ValueError(
            f"rank-biased overlap got p={p} and depth {depth} for {len(x)} heads: "
            "p lies between 0 and 1, and depth between 1 and the number of heads"
        )
    of_x, of_y = _places(x), _places(y)
    shared = [_share(*of_x, int(d)) @ _share(*of_y, int(d)) for d in depths]
    agreement = np.array(shared) / depths
    return float(agreement[-1] * p ** depths[-1] + (1 - p) / p * (agreement @ p**depths))


def auroc(score: Each, target: Each, count: int) -> float:
    """The chance that `score` puts a head of target's `count` strongest above another (Mann-Whitney
    U / mn, equals counting half). Heads that tie for target's last places are left out."""
    share = top_share(target, count)
    ranks = rankdata(score[(share == 0) | (share == 1)])
    n_in, n_out = int((share == 1).sum()), int((share == 0).sum())
    if not (n_in and n_out):
        return math.nan
    sum_in = ranks[share[(share == 0) | (share == 1)] == 1].sum()
    return float((sum_in - n_in * (n_in + 1) / 2) / (n_in * n_out))
