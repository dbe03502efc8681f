"""How many needles it takes to know the strongest heads."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rh_lens.experiments.top_overlap_curve import ALL, OTHERS, TopOverlapCurve
from rh_lens.plots.colours import BLUE, ORANGE
from rh_lens.plots.obtained import described, obtained

LOOKS = {ALL: (BLUE, "o", "-"), OTHERS: (ORANGE, "s", "--")}
FAINT = 0.2  # of a band


def top_overlap(curve: TopOverlapCurve, *, ax: Axes | None = None) -> Axes:
    """Draw how alike the top heads of few needles are to those of all, and of as many others.

    A line is the mean over draws, its band holds the middle 95 % of them; a dotted line is what
    chance gives. The first line ends high by itself, since few needles are part of all; the second
    is how alike two runs would be, and can be known up to half the needles.
    """
    if ax is None:
        ax = plt.subplots(figsize=(5.2, 3.6), layout="constrained")[1]
    for against, rows in curve.frame.groupby("against", sort=False):
        colour, marker, dashes = LOOKS[str(against)]
        ax.plot(
            rows["needles"], rows["mean"], color=colour, marker=marker, linestyle=dashes,
            markersize=4, label=f"with {against}",
        )  # fmt: skip
        ax.fill_between(rows["needles"], rows["low"], rows["high"], color=colour, alpha=FAINT, lw=0)
    ax.axhline(curve.chance, color="grey", linestyle=":", linewidth=1, label="by chance")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(
        ylim=(-0.03, 1.03),
        xlabel="needles used",
        ylabel=f"share of the top {curve.count} in common",
    )
    ax.set_title(f"{curve.scores.name}, {obtained(curve.scores)}", fontsize=10, pad=20)
    ax.set_label(f"{described(curve.scores)}; {curve.draws} draws of needles, seed {curve.seed}")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=8)
    return ax
