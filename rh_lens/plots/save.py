"""A picture, written to a file."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes


def save(ax: Axes, path: str | Path) -> None:
    """Write the figure that `ax` is part of, by the ending of `path`, and close it."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure: draw with one of rh_lens.plots")
    figure.savefig(path, dpi=150)
    plt.close(figure)
