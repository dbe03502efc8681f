"""How far scores agree on the whole order of heads, and on the top of it."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes

from rh_lens.experiments.comparison import Comparison
from rh_lens.plots.correlations import heads_used
from rh_lens.plots.obtained import described
from rh_lens.plots.square import square


def agreement(comparison: Comparison, *, top: int = 10, ax: Axes | None = None) -> Axes:
    """Draw two measures of every two scores: above the diagonal Spearman's correlation, below it
    which share of the `top` strongest heads both have.

    Two scores can agree on the top and on nothing else, or on all but the top. Heads that tie for
    the last places of the top share them, as in `Comparison.overlap`.
    """
    names, n_heads = list(comparison.scores), len(comparison.frame)
    if not 0 < top < n_heads:
        raise ValueError(
            f"got a top {top} of {n_heads} heads: ask for one or more, and fewer than there are"
        )
    cells = comparison.rank_correlation().to_numpy(copy=True)
    shared = comparison.overlap(top).astype(float)
    used = comparison.heads_used().to_numpy()
    overlaps = shared["overlap"].to_dict()
    for row, column in product(range(len(names)), repeat=2):
        if row > column:
            both = overlaps[names[column], names[row], top]
            cells[row, column] = both / top if used[row, column] else np.nan
    chance = max(shared["chance"].tolist()) / top
    ax = square(cells, names, "Spearman's rho, or share", ax)
    ax.set_title(
        f"above: Spearman's rho over {heads_used(comparison)}\n"
        f"below: share of the top {top} in common ({chance:.2f} by chance)",
        fontsize=10,
    )
    ax.set_label("; ".join(f"{name}: {described(at)}" for name, at in comparison.scores.items()))
    return ax
