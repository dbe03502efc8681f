"""A picture, written to a file, with words for those who cannot see it."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

NAMED_AS = {".svg": "Description", ".png": "Description", ".pdf": "Subject"}


def save(ax: Axes, path: str | Path, *, alt: str | None = None) -> None:
    """Write the figure that `ax` is part of, by the ending of `path`, and close it.

    Files that end in .svg, .png or .pdf have a title and a description inside, which tell a screen
    reader what is seen. The same figure gives the same SVG, byte for byte.

    Args:
        alt: The description. None: what stands on the axes, and how the numbers were obtained.
    """
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("these axes belong to no figure: draw with one of rh_lens.plots")
    told = alt_text(figure) if alt is None else alt
    ending = Path(path).suffix.lower()
    metadata: dict[str, str | None] = {}
    if ending in NAMED_AS:
        metadata = {"Title": told.partition(". ")[0], NAMED_AS[ending]: told}
    if ending == ".svg":
        metadata["Date"] = None
    with plt.rc_context({"svg.hashsalt": "rh_lens"}):
        figure.savefig(path, dpi=150, metadata=metadata or None)
    plt.close(figure)


def alt_text(figure: Figure) -> str:
    """What a figure shows, from the words that stand on it: titles, axes, colours, names."""
    told = []
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            told.append(f"colours: {ax.get_ylabel()}")
            continue
        if title := ax.get_title():
            told.append(title)
        told += [
            f"{which}: {label}"
            for which, label in (("across", ax.get_xlabel()), ("upwards", ax.get_ylabel()))
            if label
        ]
        if legend := ax.get_legend():
            entries = [legend.get_title(), *legend.get_texts()]
            told.append("key: " + ", ".join(text.get_text() for text in entries if text.get_text()))
        if ax.texts:
            told.append("written on it: " + ", ".join(text.get_text() for text in ax.texts))
        if ax.get_label():
            told.append(str(ax.get_label()))
    return ". ".join(" ".join(each.split()) for each in told)
