"""Which query heads share one key-value head, marked on a layer by head picture."""

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from rh_lens.scores.head_scores import HeadScores

NAMED = 0.14  # inches that the number of a group needs


def mark_kv_groups(ax: Axes, scores: HeadScores) -> None:
    """Draw a bracket over the query heads of each key-value head, and a line between groups.

    Only where the scores know of such groups: `provenance["model"]["n_key_value_heads"]`, fewer
    than there are heads.
    """
    n_heads = scores.values.shape[2]
    n_groups = int(scores.provenance.get("model", {}).get("n_key_value_heads") or n_heads)
    if n_groups >= n_heads or n_heads % n_groups:
        return
    each = n_heads // n_groups
    above = offset_copy(
        ax.get_xaxis_transform(), ax.get_figure(root=True), x=0, y=3, units="points"
    )
    for first in range(0, n_heads, each):
        if first:
            ax.axvline(first - 0.5, color="grey", linewidth=0.8)
        bracket = [first - 0.38, first + each - 0.62]
        ax.plot(
            bracket,
            [1, 1],
            transform=above,
            clip_on=False,
            scalex=False,
            scaley=False,
            color=rcParams["text.color"],
            linewidth=1,
            gid="key-value head",
        )
    room = ax.get_window_extent().width / ax.figure.get_dpi() / n_groups
    every = 1 + int(NAMED / room)
    top = ax.secondary_xaxis("top")
    top.set_xticks(
        [first + (each - 1) / 2 for first in range(0, n_heads, each * every)],
        [str(group) for group in range(0, n_groups, every)],
        fontsize=7,
    )
    top.tick_params(length=0, pad=4)
    top.spines["top"].set_visible(False)
    top.set_xlabel("key-value head", fontsize=8)
