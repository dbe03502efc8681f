"""How much of the answer each layer carries at each stretch of the text."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from rh_lens.plots.colours import diverging, explain
from rh_lens.plots.numbers import write_numbers
from rh_lens.plots.obtained import described, obtained
from rh_lens.scores.span_scores import SpanScores

COLUMNS = ["layer", "span", "effect"]
WORTH = 0.05  # of the largest effect: smaller ones go without a number
READABLE = 200  # cells with a number in them


def span_effects(
    effects: SpanScores | pd.DataFrame,
    *,
    label: str = "effect (0: as corrupt, 1: as clean)",
    ax: Axes | None = None,
) -> Axes:
    """Draw an effect for each layer, downwards, and stretch of the text, across.

    Colours part at 0, blue below and red above, and reach as far as the largest effect of either
    sign. What was not measured is hatched.

    Args:
        effects: What activation patching by span gives, or a table with the columns `layer`, `span`
            and `effect`, whose order is kept; rows of one layer and span are averaged.
        label: What the colours mean.
    """
    cells = effects.table() if isinstance(effects, SpanScores) else _cells(effects)
    if cells.isna().all(axis=None):
        raise ValueError("no effect was measured, so there is nothing to draw")
    n_layers, n_spans = cells.shape
    if ax is None:
        size = (max(3.6, 2.2 + 0.62 * n_spans), 2.0 + 0.3 * min(n_layers, 25))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    values = cells.to_numpy(dtype=float)
    furthest = float(np.nanmax(np.abs(values))) or 1.0
    norm = Normalize(-furthest, furthest)
    image = ax.imshow(values, aspect="auto", cmap=diverging(ax), norm=norm, interpolation="nearest")
    if cells.size <= READABLE:
        worth = {
            (row, column): f"{value:.2f}"
            for row, line in enumerate(values)
            for column, value in enumerate(line)
            if abs(value) >= WORTH * furthest
        }
        write_numbers(image, worth, fontsize=7.0)
    ax.set_xticks(
        range(n_spans), map(str, cells.columns), rotation=35, ha="right", parse_math=False
    )
    every = 1 + n_layers // 40
    ax.set_yticks(range(0, n_layers, every), [str(layer) for layer in cells.index[::every]])
    ax.set(ylabel="layer")
    if isinstance(effects, SpanScores):
        ax.set_title(obtained(effects), fontsize=10)
        ax.set_label(described(effects))
    explain(image, label)
    return ax


def _cells(effects: pd.DataFrame) -> pd.DataFrame:
    if missing := [column for column in COLUMNS if column not in effects]:
        raise ValueError(f"the table has no column {missing[0]!r}, only {list(effects)}")
    cells = effects.pivot_table(index="layer", columns="span", values="effect", dropna=False)
    return cells.reindex(index=effects["layer"].unique(), columns=effects["span"].unique())
