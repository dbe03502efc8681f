"""Colours that the colour-blind can tell apart, on black pages as on white."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.image import AxesImage
from matplotlib.typing import ColorType

BLUE, ORANGE, SKY, GREY = "#0072b2", "#e69f00", "#56b4e9", "#8c8c8c"
ON_WHITE = ("#053061", "#3b87bd"), ("#d6604d", "#67001f")  # below 0, above 0
ON_BLACK = ("#a6d8f7", "#3c88c0"), ("#d1614b", "#fcbfa9")
HATCH = "////"


def luminance(colour: ColorType) -> float:
    """How much light a colour gives, from 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in to_rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: ColorType, other: ColorType) -> float:
    """How well a colour is read on another, from 1 to 21 (WCAG 2.2; text needs 4.5)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(colour: ColorType) -> str:
    """Black or white, whichever is read better on a colour."""
    return max("black", "white", key=lambda each: contrast(each, colour))


def ink_on(image: AxesImage, value: float) -> str:
    """Black or white, whichever is read better on the colour that a picture gives to a value."""
    red, green, blue, _ = np.asarray(image.cmap(image.norm(np.asarray(value)))).tolist()
    return ink((red, green, blue))


def diverging(ax: Axes) -> Colormap:
    """Blue below, red above, and the colour of the page between."""
    page = to_rgb(ax.get_facecolor())
    below, above = ON_WHITE if ink(page) == "black" else ON_BLACK
    return LinearSegmentedColormap.from_list(
        "blue page red", [to_rgb(each) for each in (*below, page, *above)]
    )


def scale(ax: Axes, values: Float[np.ndarray, "row column"]) -> tuple[Colormap | str, Normalize]:
    """A colour for every value: from dark at 0 to bright; where some are negative, two hues that
    part at 0 and reach as far as the largest of either sign."""
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    if lowest >= 0:
        return "cividis", Normalize(0.0, highest or 1.0)
    furthest = max(-lowest, highest)
    return diverging(ax), Normalize(-furthest, furthest)


def explain(image: AxesImage, label: str, axes: Sequence[Axes] = ()) -> None:
    """Say what the colours mean in a bar beside the picture, and hatch what was not measured.

    Args:
        axes: All the pictures that the bar is for. None: the image's own.
    """
    drawn = axes or [image.axes]
    missing = [ax for ax in drawn if _has_gaps(ax)]
    for ax in missing:
        ax.patch.set(hatch=HATCH, edgecolor=GREY, linewidth=0)
    told = f"{label}\n(hatched: not measured)" if missing else label
    figure = image.axes.figure
    figure.colorbar(image, ax=list(drawn), label=told, pad=0.02)


def _has_gaps(ax: Axes) -> bool:
    return any(bool(np.ma.getmaskarray(np.ma.array(at.get_array())).any()) for at in ax.images)
