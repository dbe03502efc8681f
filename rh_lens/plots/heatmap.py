"""A score for every head, as a layer by head picture."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rh_lens.scores.head_scores import HeadScores


def heatmap(scores: HeadScores, *, name: int = 5, ax: Axes | None = None) -> Axes:
    """Draw the mean scores, layers downwards, and name the `name` strongest heads.

    Heads that were not measured stay blank. The colour scale begins at 0, or at the lowest score
    if that is negative.
    """
    mean = scores.mean
    if mean.isnan().all():
        raise ValueError(
            f"no head has a {scores.name}, so there is nothing to draw: "
            "score cases that hold a needle"
        )
    n_layers, n_heads = mean.shape
    if ax is None:
        size = (2.2 + 0.34 * min(n_heads, 40), 1.3 + 0.34 * min(n_layers, 40))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    lowest = min(0.0, float(mean.nan_to_num().min()))
    highest = float(mean.nan_to_num(lowest).max())
    image = ax.imshow(mean.numpy(), aspect="auto", cmap="cividis", vmin=lowest)
    for head in scores.top(name):
        dark = scores[head] - lowest < 0.6 * (highest - lowest)
        ax.annotate(
            str(head),
            (head.index, head.layer),
            color="white" if dark else "black",
            ha="center",
            va="center",
            fontsize=6,
        )
    passed, asked = scores.pass_rate().loc["all", ["passed", "asked"]].astype(int)
    ax.set(xlabel="head", ylabel="layer", title=f"mean over {passed} of {asked} cases")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.figure.colorbar(image, ax=ax, label=scores.name)
    return ax
