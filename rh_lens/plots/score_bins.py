"""How few heads are strong, in several models side by side."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from rh_lens.plots.colours import BLUE, GREY, ORANGE, SKY, ink
from rh_lens.plots.obtained import described, nothing_measured
from rh_lens.scores.head_scores import HeadScores

COLOURS = (GREY, SKY, BLUE, ORANGE)
WORTH = 0.06  # of all heads: shares smaller than this have no room for a number


def score_bins(scores: Mapping[str, HeadScores], *, ax: Axes | None = None) -> Axes:
    """Draw a bar per model, parted by what share of its heads score how much (Wu et al. 2024,
    Fig. 3).

    The bins are those of `HeadScores.bins`; heads that were not measured count in none. Beside each
    bar stand the share that scores 0.1 or more, and of how many heads.

    Args:
        scores: By the name of the bar, the first on top.
    """
    if not scores:
        raise ValueError("got no scores: give some by name, such as {'base': scores}")
    if ax is None:
        size = (7.2, 1.5 + 0.42 * len(scores))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    for row, each in enumerate(scores.values()):
        if each.mean.isnan().all():
            raise nothing_measured(each)
        bins = each.bins()
        heads, start = int(bins.sum()), 0.0
        for (name, count), colour in zip(bins.items(), COLOURS, strict=True):
            share = count / heads
            ax.barh(row, share, left=start, color=colour, height=0.72, label=name)
            if share >= WORTH:
                ax.annotate(
                    f"{share:.0%}", (start + share / 2, row), ha="center", va="center",
                    color=ink(colour), fontsize=8,
                )  # fmt: skip
            start += share
        strong = (bins.iloc[2] + bins.iloc[3]) / heads
        ax.annotate(
            f"{strong:.1%} of {heads}", (1.0, row), xytext=(6, 0), textcoords="offset points",
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    ax.annotate(
        "at 0.1 or more", (1.0, -0.5), xytext=(6, 5), textcoords="offset points", fontsize=8,
        annotation_clip=False,
    )  # fmt: skip
    ax.set_yticks(range(len(scores)), list(scores), parse_math=False)
    ax.set(xlim=(0, 1), ylim=(len(scores) - 0.5, -0.5), xlabel="share of heads")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    handles, labels = ax.get_legend_handles_labels()
    by_name = dict(zip(reversed(labels), reversed(handles), strict=True))
    kinds = " or ".join(dict.fromkeys(each.name for each in scores.values()))
    ax.legend(
        [by_name[name] for name in bins.index], list(bins.index), title=kinds, title_fontsize=9,
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(COLOURS), frameon=False,
        fontsize=8, handlelength=1.2,
    )  # fmt: skip
    ax.set_label("; ".join(f"{name}: {described(each)}" for name, each in scores.items()))
    return ax
