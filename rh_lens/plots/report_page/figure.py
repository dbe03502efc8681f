"""A plot inside a page, in colours for light and for dark, with words for who cannot see it."""

import base64
from collections.abc import Callable
from html import escape
from io import BytesIO

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rh_lens.plots.save import alt_text

LIGHT, DARK = "default", "dark_background"  # styles of matplotlib


def figure(draw: Callable[[], Axes]) -> str:
    """What `draw` draws, twice: the reader's system chooses."""
    light, told = _picture(draw, LIGHT)
    dark, _ = _picture(draw, DARK)
    return (
        f'<figure class="plot"><picture>'
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{escape(told)}"></picture></figure>'
    )


def _picture(draw: Callable[[], Axes], style: str) -> tuple[str, str]:
    """An SVG as a data address, and what it shows."""
    with plt.style.context(style), plt.rc_context({"svg.hashsalt": "rh_lens"}):
        drawn = draw().get_figure(root=True)
        if not isinstance(drawn, Figure):
            raise ValueError("these axes belong to no figure: draw with one of rh_lens.plots")
        told, out = alt_text(drawn), BytesIO()
        drawn.savefig(out, format="svg", transparent=True, metadata={"Date": None})
        plt.close(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode(), told
