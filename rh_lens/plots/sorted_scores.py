"""Heads in the order of their scores, and how often each is active."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from rh_lens.plots.colours import BLUE, ORANGE
from rh_lens.plots.names import beside
from rh_lens.plots.obtained import described, intervals, nothing_measured, obtained
from rh_lens.scores.head_scores import HeadScores

DOTTED = 100  # heads, up to which each has a dot on the line
FAINT = 0.25  # of a band


def sorted_scores(
    scores: HeadScores,
    *,
    count: int | None = None,
    name: int = 3,
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scores from the strongest head on, and the share of cases in which each is active.

    A head that scores 0.1 because it copies in every tenth case differs from one that always copies
    a tenth of the needle: the first is seldom active (Wu et al. 2024, Fig. 4).

    Args:
        count: How many heads to draw, from the strongest on. None: all that were measured.
        name: How many of them to name.
        level: Of the confidence intervals drawn as a band, such as 0.95. None: no band.
    """
    heads = scores.ranking()[:count]
    if not heads:
        raise nothing_measured(scores)
    if ax is None:
        ax = plt.subplots(figsize=(5.6, 3.6), layout="constrained")[1]
    ranks = np.arange(1, len(heads) + 1)
    means, active = scores.mean, scores.activation_frequency
    mean = [float(means[head]) for head in heads]
    twin = ax.twinx()
    dots = twin.scatter(
        ranks, [float(active[head]) for head in heads], s=12, marker="D", linewidths=0,
        color=ORANGE, label="active",
    )  # fmt: skip
    twin.set(ylim=(-0.04, 1.08), ylabel="share of cases with a score above 0")
    twin.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_zorder(twin.get_zorder() + 1)
    ax.patch.set_visible(False)  # or it would hide what lies on the other scale
    (line,) = ax.plot(
        ranks, mean, color=BLUE, linewidth=1.6, markersize=4,
        marker="o" if len(heads) <= DOTTED else "", label=scores.name,
    )  # fmt: skip
    shown = [line, dots]
    if level is not None:
        low, high = intervals(scores, level)
        below, above = ([float(end[head]) for head in heads] for end in (low, high))
        shown.append(
            ax.fill_between(
                ranks, below, above, color=BLUE, alpha=FAINT, lw=0, label=f"{level:.0%} interval"
            )
        )
    if min(mean) >= 0 and max(mean) <= 1:
        ax.set_ylim(-0.04, 1.08)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlim=(0.3, len(heads) + 0.7), xlabel="heads, strongest first", ylabel=scores.name)
    ax.set_title(obtained(scores), fontsize=10, pad=20)
    ax.set_label(described(scores))
    ax.legend(
        handles=shown, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False,
        fontsize=8,
    )  # fmt: skip
    places = {
        str(head): (float(rank), score)
        for head, rank, score in zip(heads[:name], ranks, mean, strict=False)
        if score > 0
    }
    ax.autoscale_view()  # before that it is not known where on it anything is
    to_scores = twin.transData + ax.transData.inverted()
    drawn = [np.column_stack([ranks, mean]), to_scores.transform(dots.get_offsets())]
    beside(ax, places, dots=np.concatenate(drawn))
    return ax
