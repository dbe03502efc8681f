"""How alike the heads of models or checkpoints are, as a matrix of correlations."""

from matplotlib.axes import Axes

from rh_lens.experiments.agreement import Kind
from rh_lens.experiments.comparison import Comparison
from rh_lens.plots.obtained import described
from rh_lens.plots.square import square

CALLED = {"pearson": "Pearson's r", "spearman": "Spearman's rho", "kendall": "Kendall's tau"}


def correlations(comparison: Comparison, *, kind: Kind = "pearson", ax: Axes | None = None) -> Axes:
    """Draw the correlation over heads of every two scores (Wu et al. 2024, Fig. 6).

    Hatched where it says nothing: a score that is the same for every head, or has no head in common
    with the other.

    Args:
        comparison: Such as `compare` gives, or the `comparison` of `universality`.
    """
    ax = square(comparison.correlation(kind).to_numpy(), list(comparison.scores), CALLED[kind], ax)
    ax.set_title(f"over {heads_used(comparison)}", fontsize=10)
    ax.set_label("; ".join(f"{name}: {described(at)}" for name, at in comparison.scores.items()))
    return ax


def heads_used(comparison: Comparison) -> str:
    """How many heads a pair has in common."""
    counts = comparison.heads_used().to_numpy()
    fewest, most = int(counts.min()), int(counts.max())
    heads = "1 head" if most == 1 else f"{most} heads"
    return heads if fewest == most else f"{fewest} to {heads}, those that a pair has in common"
