"""Texts in the cells of a picture."""

from collections.abc import Mapping

import numpy as np
from matplotlib.image import AxesImage

from rh_lens.plots.colours import ink_on


def write_numbers(
    image: AxesImage, texts: Mapping[tuple[int, int], str], *, fontsize: float = 6.0
) -> None:
    """Write a text into each cell, by row and column, black or white as its colour asks."""
    cells = np.asarray(image.get_array())
    for (row, column), text in texts.items():
        image.axes.annotate(
            text,
            (column, row),
            color=ink_on(image, float(cells[row, column])),
            ha="center",
            va="center",
            fontsize=fontsize,
            linespacing=1.0,
        )
