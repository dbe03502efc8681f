"""A score for every head, as a layer by head picture."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from rh_lens.heads import Head
from rh_lens.plots.colours import explain, ink_on, scale
from rh_lens.plots.kv_groups import mark_kv_groups
from rh_lens.plots.names import beside
from rh_lens.plots.numbers import write_numbers
from rh_lens.plots.obtained import described, intervals, nothing_measured, obtained
from rh_lens.scores.head_scores import HeadScores

CELL, PAGE = 0.36, 9.0  # inches: a cell, and all of them in a model with many
LETTER = 0.62  # of the font size: how wide one is


def heatmap(
    scores: HeadScores, *, name: int = 5, level: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean scores, layers downwards, and name the `name` strongest heads above 0.

    Colours begin at 0; where a head has less, such as an effect that harms, they part at 0, blue
    below and red above. Heads that were not measured are hatched. Brackets stand over query heads
    that share one key-value head, where the scores know.

    Args:
        level: Of the confidence intervals whose half width stands beneath each name, after ±; such
            as 0.95. None: names alone.
    """
    mean = scores.mean
    if mean.isnan().all():
        raise nothing_measured(scores)
    n_layers, n_heads = mean.shape
    if ax is None:
        across, down = (min(CELL * count, max(PAGE, 0.1 * count)) for count in (n_heads, n_layers))
        size = (max(3.6, 1.9 + across), 1.9 + down)
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    cells = mean.double().numpy()
    cmap, norm = scale(ax, cells)
    image = ax.imshow(cells, aspect="auto", cmap=cmap, norm=norm, interpolation="nearest")
    ax.set(xlabel="head", ylabel="layer")
    how = "" if level is None else f"\n±: half of the {level:.0%} interval"
    ax.set_title(obtained(scores) + how, fontsize=10)
    ax.set_label(described(scores))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    mark_kv_groups(ax, scores)
    explain(image, scores.name)
    named = _names(scores, name, level)
    widest = max((len(line) for text in named.values() for line in text.split("\n")), default=0)
    lines = max((1 + text.count("\n") for text in named.values()), default=0)
    room = ax.get_window_extent().width / n_heads, ax.get_window_extent().height / n_layers
    point = ax.figure.get_dpi() / 72
    if room[0] >= 6 * LETTER * widest * point and room[1] >= 6 * 1.2 * lines * point:
        texts = {(head.layer, head.index): text for head, text in named.items()}
        write_numbers(image, texts)
        return ax
    for head in named:
        frame = ink_on(image, float(cells[head]))
        corner = (head.index - 0.5, head.layer - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=frame, linewidth=0.8))
    places = {text: (float(head.index), float(head.layer)) for head, text in named.items()}
    beside(
        ax,
        places,
        dots=np.array(list(places.values())).reshape(-1, 2),
        clear=0.72 * max(room) / point,
        boxed=True,
    )
    return ax


def _names(scores: HeadScores, count: int, level: float | None) -> dict[Head, str]:
    """What stands on the strongest heads."""
    heads = [head for head in scores.top(count) if scores[head] > 0]
    if level is None:
        return {head: str(head) for head in heads}
    low, high = intervals(scores, level)
    half = (high - low) / 2
    return {head: f"{head}\n±{half[head]:.2f}".replace("±0.", "±.") for head in heads}
