"""How often a needle is found, by length and depth."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from rh_lens.plots.colours import explain
from rh_lens.plots.numbers import write_numbers

COLUMNS = ["length", "depth", "value"]
READABLE = 150  # cells with a number in them


def needle_grid(
    before: pd.DataFrame,
    after: pd.DataFrame | None = None,
    *,
    titles: tuple[str, str] = ("before", "after"),
    axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Draw accuracy with lengths across and depths downwards, 0 at the top; a second beside it.

    Rows of the same length and depth are averaged; cells that were not measured are hatched. Both
    pictures have all lengths and depths of either, and one scale, from 0 to 1.

    Args:
        before: A table with the columns `length`, `depth` and `value`, a share from 0 to 1.
        after: A second, such as without some heads.
        titles: What stands above the two; a single one goes without.
        axes: One or two to draw on.
    """
    frames = [before] if after is None else [before, after]
    for frame in frames:
        if missing := [column for column in COLUMNS if column not in frame]:
            raise ValueError(f"the table has no column {missing[0]!r}, only {list(frame)}")
        if not frame["value"].dropna().between(0, 1).all():
            raise ValueError("an accuracy lies from 0 to 1, and the column 'value' does not")
    whole = pd.concat(frames)
    if whole["value"].isna().all():
        raise ValueError("no accuracy was measured, so there is nothing to draw: ask some cases")
    lengths, depths = (sorted(whole[axis].unique()) for axis in ("length", "depth"))
    if axes is None:
        size = (1.4 + len(frames) * (0.7 + 0.45 * len(lengths)), 1.4 + 0.34 * len(depths))
        axes = list(
            plt.subplots(1, len(frames), figsize=size, squeeze=False, layout="constrained")[1][0]
        )
    if len(axes) != len(frames):
        raise ValueError(f"got {len(axes)} axes for {len(frames)} tables: give one for each")
    for frame, title, ax in zip(frames, titles, axes, strict=False):
        cells = frame.pivot_table(index="depth", columns="length", values="value", aggfunc="mean")
        cells = cells.reindex(index=depths, columns=lengths)
        image = ax.imshow(
            cells.to_numpy(), aspect="auto", cmap="cividis", vmin=0, vmax=1, interpolation="nearest"
        )
        if cells.size <= READABLE:
            write_numbers(image, _shares(cells), fontsize=7.0)
        ax.set_xticks(range(len(lengths)), [f"{length:g}" for length in lengths])
        ax.set_yticks(range(len(depths)), [f"{depth:.0%}" for depth in depths])
        ax.set_xlabel("length")
        ax.set_title(title if len(frames) > 1 else "", fontsize=10)
        ax.tick_params(axis="x", rotation=45 if len(lengths) > 5 else 0)
    axes[0].set_ylabel("depth")
    explain(image, "needles found", axes)
    return list(axes)


def _shares(cells: pd.DataFrame) -> dict[tuple[int, int], str]:
    """The cells that were measured, by row and column, in per cent."""
    return {
        (row, column): f"{100 * value:.0f}"
        for row, values in enumerate(cells.to_numpy())
        for column, value in enumerate(values)
        if value == value
    }
