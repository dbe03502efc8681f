"""How far two scores agree beyond sharing their layers.

Retrieval heads lie in the middle layers of many models, so heads of two unrelated models correlate
if heads of all layers are dealt out alike. Here a head can only take the place of another head of
its layer.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from scipy.stats import hypergeom, rankdata

from rh_lens.experiments.agreement import Each, Kind, correlation, top_share

Layers = Int[np.ndarray, " head"]  # the layer of each head, in ascending order


class Null(NamedTuple):
    """What correlation to expect if heads were dealt out by lot within each layer.

    Attributes:
        mean: What the layers alone give.
        p: The chance of a correlation as far from that mean, up or down.
    """

    mean: float
    p: float


def null(x: Each, y: Each, layers: Layers, kind: Kind, *, permutations: int, seed: int) -> Null:
    """Correlate scores whose heads changed places within their layers, again and again.

    p = (1 + as far) / (1 + permutations). The mean is that of all such deals: the covariance of y
    with the layer means of x, over both standard deviations. NaN where a score is the same for
    every head, or no layer has two heads.
    """
    observed = correlation(x, y, kind)
    if permutations < 1 or kind == "kendall":
        raise ValueError(
            f"got {permutations} permutations of {kind}: give one or more, of pearson or spearman"
        )
    heads = np.bincount(layers)
    if math.isnan(observed) or heads.max() < 2:
        return Null(math.nan, math.nan)
    if kind == "spearman":
        x, y = rankdata(x), rankdata(y)
    x, y = ((each - each.mean()) / each.std() for each in (x, y))
    layer_means = np.bincount(layers, x) / np.maximum(heads, 1)
    mean = float((layer_means[layers] * y).mean())
    draw = np.random.default_rng(seed)
    by_lot = np.empty(permutations)
    for number in range(permutations):
        dealt = np.lexsort((draw.random(len(layers)), layers))  # each place stays in its layer
        by_lot[number] = (x[dealt] * y).mean()
    as_far = np.abs(by_lot - mean) >= abs(observed - mean) - 1e-12
    return Null(mean, float((1 + as_far.sum()) / (1 + permutations)))


def chance_overlap(x: Each, y: Each, layers: Layers, count: int) -> float:
    """The heads to be expected in both tops if each were drawn by lot within its layers.

    sum_l a_l b_l / n_l, with a_l and b_l the heads of layer l in the two tops, and n_l all of them.
    """
    a, b = (np.bincount(layers, top_share(each, count)) for each in (x, y))
    return float((a * b / np.maximum(np.bincount(layers), 1)).sum())


def overlap_p(both: float, n_heads: int, count: int) -> float:
    """The chance that the tops of two random rankings share as many heads: P(X >= both), X
    hypergeometric. A fraction, from ties, is rounded down."""
    count = min(count, n_heads)
    return float(hypergeom(n_heads, count, count).sf(math.floor(both + 1e-9) - 1))
