"""What is left of the answers as heads are taken away."""

from itertools import cycle

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rh_lens.experiments.ablation_curve import AblationCurve, Measure
from rh_lens.plots.obtained import model_of

COLUMNS = ["heads", "control", "count", "mean", "low", "high"]
FAINT = 0.22  # of a band
MARKERS = "os^Dv<>P"  # tell lines apart without their colours


def curve(
    result: AblationCurve | pd.DataFrame,
    *,
    metric: Measure = "accuracy",
    chance: float | None = 0.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure against the number of heads taken away, for a ranking and its controls.

    A ranking is a line in the band of its interval; the controls together are a dashed line, their
    median, in a band from the lowest of them to the highest.

    Args:
        result: Such as `ablation_curve` gives, or its `frame`.
        metric: Which measure to draw; of a frame, what it holds.
        chance: Where a dotted line stands for an answer at random. None: no line.
    """
    frame = result if isinstance(result, pd.DataFrame) else result.frame(metric)
    if missing := [column for column in COLUMNS if column not in frame]:
        raise ValueError(f"the table has no column {missing[0]!r}, only {list(frame)}")
    if frame["mean"].isna().all():
        raise ValueError(f"no {metric} was measured, so there is nothing to draw")
    ax = ax or plt.subplots(figsize=(5.2, 3.8), layout="constrained")[1]
    if isinstance(result, AblationCurve):
        model, asked = model_of(result.provenance), int(frame["cases"].max())
        how = f"{result.provenance.get('ablation')}; {result.provenance.get('answering')}"
        ax.set_title(f"{model}\n{asked} cases" if model else f"{asked} cases", fontsize=10)
        ax.set_label(f"{model}, {how}")
    controls = frame[frame["control"]]
    if not controls.empty:
        means = controls.groupby("count")["mean"]
        label = f"{controls['heads'].nunique()} controls: median, lowest to highest"
        ax.plot(means.median(), color="grey", linestyle="--", marker=".", label=label)
        ax.fill_between(
            means.min().index, means.min(), means.max(), color="grey", alpha=FAINT, lw=0
        )
    rankings = frame[~frame["control"]].groupby("heads", sort=False)
    for (name, rows), marker in zip(rankings, cycle(MARKERS), strict=False):
        (line,) = ax.plot(rows["count"], rows["mean"], marker=marker, markersize=5, label=str(name))
        ax.fill_between(
            rows["count"], rows["low"], rows["high"], color=line.get_color(), alpha=FAINT, lw=0
        )
    if chance is not None:
        ax.axhline(chance, color="grey", linestyle=":", linewidth=0.9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="heads taken away", ylabel=metric)
    ax.legend(frameon=False, fontsize=8)
    return ax
