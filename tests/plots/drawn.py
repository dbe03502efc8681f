"""What a reader of a figure sees: its words, where they stand, and on what."""

from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from rh_lens.plots.colours import contrast


def words(figure):
    """All text that is drawn."""
    found = []
    for ax in figure.axes:
        found += [ax.title, *ax.texts]
        if legend := ax.get_legend():
            found += [legend.get_title(), *legend.get_texts()]
        for each in (ax, *ax.child_axes) if ax.axison else ():
            for axis in (each.xaxis, each.yaxis):
                low, high = sorted(axis.get_view_interval())
                found.append(axis.label)
                for tick in axis.get_major_ticks():
                    if low <= tick.get_loc() <= high and axis.get_visible():
                        found += [tick.label1, tick.label2]
    return [text for text in found if text.get_visible() and text.get_text()]


def hidden(figure):
    """Pairs of words of which one lies on the other; slanted ones cannot be told by their boxes."""
    straight = [text for text in words(figure) if text.get_rotation() % 90 == 0]
    boxes = [(text.get_text(), plain(text).padded(-1)) for text in straight]
    return [(one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)]


def plain(text):
    """The box of the letters, without an arrow."""
    return Text.get_window_extent(text)


def cut_off(figure):
    """Words that do not lie within the figure."""
    page = figure.bbox.padded(1)
    boxes = {text.get_text(): plain(text) for text in words(figure)}
    return [
        said
        for said, box in boxes.items()
        if not (page.contains(*box.min) and page.contains(*box.max))
    ]


def faint(figure, least=4.5):
    """Words that stand out too little from what is behind them."""
    texts = words(figure)
    colours = [to_rgb(text.get_color()) for text in texts]
    places = [plain(text) for text in texts]
    for text in texts:
        text.set_color((0, 0, 0, 0))
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3] / 255
    found = []
    for text, colour, box in zip(texts, colours, places, strict=True):
        left, bottom, right, top = (max(0, round(end)) for end in box.extents)
        behind = tuple(np.median(pixels[bottom:top, left:right], axis=(0, 1)).tolist())
        if contrast(colour, behind) < least:
            found.append((text.get_text(), contrast(colour, behind)))
    return found
