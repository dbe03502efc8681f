"""Two scores of every head against each other."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from rh_lens.experiments.comparison import Comparison
from rh_lens.plots.colours import BLUE
from rh_lens.plots.names import beside
from rh_lens.plots.obtained import described, model_of

CROWD = 300  # dots, from which on they are small and let those beneath shine through


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
    """Draw one dot per head, and name the `name` strongest of each score, of those above 0.

    Args:
        x: The score across; by default the first of the comparison.
        y: The score upwards; by default the second.
        colour: A third score that colours the dots.
        thresholds: From which score on a head is strong: across, upwards. Dashed lines part the
            plane, and each of its quarters says how many heads are both, one of them, or neither.
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
    crowded = len(heads) > CROWD
    dots = ax.scatter(
        heads[x],
        heads[y],
        c=BLUE if colour is None else heads[colour],
        cmap=None if colour is None else "cividis",
        s=9 if crowded else 20,
        alpha=0.6 if crowded else 1.0,
        linewidths=0 if colour is None else 0.5,
        edgecolors="grey",  # dark dots could not be seen on black, bright ones on white
    )
    ax.margins(x=0.12, y=0.12)  # room for names at the edges
    ax.set(xlabel=_label(comparison, x), ylabel=_label(comparison, y))
    ax.set_title(_title(comparison, wanted, len(heads)), fontsize=10)
    ax.set_label("; ".join(f"{each}: {described(comparison.scores[each])}" for each in wanted))
    if colour is not None:
        ax.figure.colorbar(dots, ax=ax, label=_label(comparison, colour), pad=0.02)
    if thresholds is not None:
        ax.axvline(thresholds[0], color="grey", linestyle="--", linewidth=0.8)
        ax.axhline(thresholds[1], color="grey", linestyle="--", linewidth=0.8)
        _name_quarters(ax, comparison, (x, y), thresholds, set(heads.index))
    strongest = [
        head for each in (x, y) for head in heads.loc[heads[each] > 0, each].nlargest(name).index
    ]
    places = {head: (heads.loc[head, x], heads.loc[head, y]) for head in dict.fromkeys(strongest)}
    beside(ax, places, dots=heads[[x, y]].to_numpy())
    return ax


def _label(comparison: Comparison, name: str) -> str:
    kind = comparison.scores[name].name
    return name if name == kind else f"{name}: {kind}"


def _title(comparison: Comparison, names: list[str], count: int) -> str:
    """How many heads, and of which model if it is one."""
    models = {model_of(comparison.scores[name].provenance) for name in names} - {""}
    heads = "1 head" if count == 1 else f"{count} heads"
    return f"{heads} of {models.pop()}" if len(models) == 1 else heads


def _name_quarters(
    ax: Axes,
    comparison: Comparison,
    names: tuple[str, str],
    thresholds: tuple[float, float],
    heads: set[str],
) -> None:
    """Say in each corner which heads lie there, and how many."""
    across, upwards = (
        {str(head) for head in comparison.scores[name].above(least)} & heads
        for name, least in zip(names, thresholds, strict=True)
    )
    corners = {
        (1.0, 1.0): f"both: {len(across & upwards)}",
        (0.0, 1.0): f"{names[1]} only: {len(upwards - across)}",
        (1.0, 0.0): f"{names[0]} only: {len(across - upwards)}",
        (0.0, 0.0): f"neither: {len(heads - across - upwards)}",
    }
    for (right, top), text in corners.items():
        ax.annotate(
            text,
            (right, top),
            xycoords="axes fraction",
            xytext=(4 - 8 * right, 4 - 8 * top),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top" if top else "bottom",
            fontsize=8,
            fontstyle="italic",
            parse_math=False,
            bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1},
        )
