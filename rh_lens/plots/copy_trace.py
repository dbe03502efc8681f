"""Where heads looked while each token was said, as one picture per head."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rh_lens.experiments.copy_trace import CopyTrace
from rh_lens.plots.colours import explain
from rh_lens.plots.numbers import write_numbers
from rh_lens.plots.obtained import model_of

HARDEST = "#e4572e"  # stands out from all of cividis
NAMED = 0.1  # of the largest write: smaller ones go without a number


def copy_trace(trace: CopyTrace, *, axes: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw a panel per head: the prompt around the needle across, what was said downwards.

    Colour is attention. A number is what the head wrote towards the logit of the token said from
    there, if it is a tenth or more of the largest. A frame is where the head looked hardest of all
    positions; a row without one looked hardest elsewhere. Lines bound the needle. Tokens are shown
    as they are: a space as ␣, a line break as \\n.
    """
    n_heads, n_steps, width = trace.attention.shape
    if not trace.attention.numel():
        raise ValueError(
            f"got a trace of {n_heads} heads, {n_steps} steps and {width} positions, so there is "
            "nothing to draw: trace a head or more on a case that is answered"
        )
    if axes is None:
        size = (1.6 + n_heads * (0.6 + 0.26 * width), 1.7 + 0.24 * n_steps)
        grid = plt.subplots(1, n_heads, figsize=size, squeeze=False, layout="constrained")[1]
        axes = list(grid[0])
    if len(axes) != n_heads:
        raise ValueError(f"got {len(axes)} axes for {n_heads} heads: give one for each")
    largest = float(trace.writes.nan_to_num().abs().max())
    for h, ax in enumerate(axes):
        image = ax.imshow(
            trace.attention[h].numpy(), aspect="auto", cmap="cividis", vmin=0, vmax=1,
            interpolation="nearest",
        )  # fmt: skip
        write_numbers(image, _told(trace, h, NAMED * largest))
        for step, top in enumerate(trace.top[h].tolist()):
            if top in trace.window:
                corner = (top - trace.window.start - 0.5, step - 0.5)
                ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=HARDEST, linewidth=1.2))
        for bound in (trace.needle.start, trace.needle.stop):
            ax.axvline(bound - trace.window.start - 0.5, color="grey", linestyle=":", linewidth=0.9)
        ax.set_xticks(
            range(width), list(map(literal, trace.seen)), rotation=90, fontsize=7, parse_math=False
        )
        ax.set_yticks(range(n_steps), list(map(literal, trace.said)), fontsize=7, parse_math=False)
        copied = int(trace.copied[h].sum())
        ax.set_title(f"{trace.heads[h]}: copied {copied} of {n_steps}", fontsize=10)
        ax.set_xlabel("looks at")
    axes[0].set_ylabel("says")
    axes[0].set_label(f"{model_of(trace.provenance)} says {''.join(trace.said)!r}")
    explain(image, "attention", axes)
    return list(axes)


def literal(token: str) -> str:
    """A token as it is, with what cannot be seen spelt out."""
    seen = [sign if sign.isprintable() else repr(sign)[1:-1] for sign in token]
    return "".join(seen).replace(" ", "␣")


def _told(trace: CopyTrace, head: int, least: float) -> dict[tuple[int, int], str]:
    """The writes worth a number, by step and place."""
    writes = trace.writes[head].nan_to_num()
    worth = torch.nonzero((writes.abs() >= least) & (writes != 0)).tolist()
    return {(step, place): f"{writes[step, place]:.1f}" for step, place in worth}
