"""Two scores of every head against each other."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from rh_lens.experiments.comparison import Comparison


def scatter(
    comparison: Comparison,
    x: str | None = None,
    y: str | None = None,
    *,
    colour: str | None = None,
    name: int = 5,
    thresholds: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one dot per head, and name the `name` strongest of each score.

    Args:
        x: The score across; by default the first of the comparison.
        y: The score upwards; by default the second.
        colour: A third score that colours the dots.
        thresholds: Where dashed lines part the strong from the weak: across, upwards.
    """
    frame, names = comparison.frame, list(comparison.scores)
    x, y = x or names[0], y or names[1]
    wanted = [each for each in (x, y, colour) if each is not None]
    if unknown := [each for each in wanted if each not in names]:
        raise ValueError(f"there is no score {unknown[0]!r} to draw: there are {names}")
    heads = frame[wanted].loc[:, ~frame[wanted].columns.duplicated()].dropna()
    if heads.empty:
        raise ValueError(f"no head has been measured in {' and '.join(wanted)}: nothing to draw")
    if ax is None:
        ax = plt.subplots(figsize=(5.2, 4.2), layout="constrained")[1]
    dots = ax.scatter(
        heads[x],
        heads[y],
        c="tab:blue" if colour is None else heads[colour],
        cmap=None if colour is None else "cividis",
        s=14,
        linewidths=0,
    )
    if colour is not None:
        ax.figure.colorbar(dots, ax=ax, label=_label(comparison, colour))
    strongest = [head for each in (x, y) for head in heads[each].nlargest(name).index]
    for head in dict.fromkeys(strongest):
        at = (heads.loc[head, x], heads.loc[head, y])
        ax.annotate(head, at, xytext=(3, 3), textcoords="offset points", fontsize=7)
    ax.margins(x=0.12, y=0.08)  # room for names at the edges
    if thresholds is not None:
        ax.axvline(thresholds[0], color="grey", linestyle="--", linewidth=0.8)
        ax.axhline(thresholds[1], color="grey", linestyle="--", linewidth=0.8)
    ax.set(xlabel=_label(comparison, x), ylabel=_label(comparison, y), title=f"{len(heads)} heads")
    return ax


def _label(comparison: Comparison, name: str) -> str:
    return f"{name}: {comparison.scores[name].name}"
