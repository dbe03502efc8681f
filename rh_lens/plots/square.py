"""A number for every pair of names, as a square picture."""

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from rh_lens.plots.colours import diverging, explain
from rh_lens.plots.numbers import write_numbers

READABLE = 16  # names, up to which cells have numbers
SIDE = 0.46  # inches of a cell


def square(
    cells: Float[np.ndarray, "name name"], names: list[str], label: str, ax: Axes | None
) -> Axes:
    """Draw numbers from -1 to 1, blue below 0 and red above, with a number in each cell."""
    if np.isnan(cells[~np.eye(len(names), dtype=bool)]).all():
        raise ValueError(
            "no two of these scores can be held against each other: give scores that measured the "
            "same heads, two or more that differ"
        )
    if ax is None:
        side = SIDE * max(3, min(len(names), READABLE)) + 0.075 * max(map(len, names))
        ax = plt.subplots(figsize=(2.6 + side, 1.6 + side), layout="constrained")[1]
    image = ax.imshow(cells, cmap=diverging(ax), norm=Normalize(-1, 1), interpolation="nearest")
    if len(names) <= READABLE:
        told = {at: f"{value:.2f}" for at, value in np.ndenumerate(cells) if not np.isnan(value)}
        write_numbers(
            image,
            {(row, column): text for (row, column), text in told.items()},
            fontsize=8.0 if len(names) <= 10 else 6.0,
        )
    places, size = range(len(names)), 9 if len(names) <= READABLE else 6
    ax.set_xticks(
        places, names, rotation=40, ha="right", rotation_mode="anchor", fontsize=size,
        parse_math=False,
    )  # fmt: skip
    ax.set_yticks(places, names, fontsize=size, parse_math=False)
    explain(image, label)
    return ax
