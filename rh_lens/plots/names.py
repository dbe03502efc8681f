"""Names beside dots, where they hide no dot and no other name."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

Place = tuple[float, float]

RADII = (6.0, 10.0, 14.0, 22.0, 32.0, 44.0, 58.0)  # points from the dot to the name
ANGLES = [math.radians(degrees) for degrees in (45, 0, 315, 90, 270, 135, 180, 225, 20, 340, 65)]
FAR = 9.0  # points, from which on a line leads from the name to its dot
COVERED, HIDDEN, OUTSIDE = 8.0, 40.0, 200.0  # what it costs, in points of distance


def beside(
    ax: Axes,
    names: Mapping[str, Place],
    *,
    dots: Float[np.ndarray, "dot 2"],
    fontsize: float = 7.0,
    clear: float = 4.0,
    boxed: bool = False,
) -> None:
    """Write each name close to its dot, with a line to it where it must stand further away.

    Args:
        names: Where the dot of each name is.
        dots: All dots that should be seen.
        clear: How many points from its dot a name begins at least.
        boxed: Whether names have the page behind them, as they need on a picture.
    """
    figure = ax.get_figure(root=True)
    if not names or figure is None:
        return
    figure.draw_without_rendering()  # what stands where is known only then
    point = figure.get_dpi() / 72
    seen = ax.transData.transform(dots)
    legend = ax.get_legend()
    taken = [text.get_window_extent() for text in ax.texts]
    taken += [legend.get_window_extent()] if legend else []
    for name, place in names.items():
        probe = ax.annotate(name, place, fontsize=fontsize)
        size = probe.get_window_extent()
        probe.remove()
        at = tuple(ax.transData.transform(place).tolist())
        offsets = [
            (radius, angle)
            for radius in [clear, *(far for far in RADII if far > clear)]
            for angle in ANGLES
        ]

        def box_at(offset: tuple[float, float], at: Place = at, size: Bbox = size) -> Bbox:
            radius, angle = offset
            x = at[0] + radius * point * math.cos(angle) + size.width * _back(math.cos(angle))
            y = at[1] + radius * point * math.sin(angle) + size.height * _back(math.sin(angle))
            return Bbox.from_bounds(x, y, size.width, size.height)

        def cost(offset: tuple[float, float]) -> float:
            box = box_at(offset).padded(1.5 * point)
            inside = ((seen > box.min) & (seen < box.max)).all(axis=1).sum()
            hidden = sum(box.overlaps(other) for other in taken)
            whole = ax.bbox.contains(*box.min) and ax.bbox.contains(*box.max)
            return offset[0] + COVERED * inside + HIDDEN * hidden + OUTSIDE * (not whole)

        best = min(offsets, key=cost)
        box = box_at(best)
        taken.append(box)
        ax.annotate(
            name,
            place,
            xytext=tuple((np.array([box.x0, box.y0]) - at) / point),
            textcoords="offset points",
            fontsize=fontsize,
            annotation_clip=False,
            bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 0.8}
            if boxed
            else None,
            arrowprops={
                "arrowstyle": "-",
                "color": rcParams["text.color"],
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 2,
            }
            if best[0] > max(FAR, clear)
            else None,
        )


def _back(towards: float) -> float:
    """The share of a box that lies before its dot: none, half, or all of it."""
    return -0.5 if abs(towards) < 0.3 else min(0.0, math.copysign(1.0, towards))
