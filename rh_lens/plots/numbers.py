"""Numbers in the cells of a picture."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

BRIGHT = 0.45  # of the luminance: brighter colours take black letters
LUMINANCE = (0.2126, 0.7152, 0.0722)


def write_numbers(
    image: AxesImage, texts: Mapping[tuple[int, int], str], *, fontsize: float = 6
) -> None:
    """Write a text into each cell, by row and column, black or white as its colour asks."""
    ax: Axes = image.axes
    cells = np.asarray(image.get_array())
    for (row, column), text in texts.items():
        colour = image.cmap(image.norm(cells[row, column]))
        bright = sum(w * c for w, c in zip(LUMINANCE, colour, strict=False)) > BRIGHT
        ax.annotate(
            text,
            (column, row),
            color="black" if bright else "white",
            ha="center",
            va="center",
            fontsize=fontsize,
        )
