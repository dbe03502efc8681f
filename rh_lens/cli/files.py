"""Files that a command is to write, checked before its work and not after it."""

import os
from importlib.util import find_spec
from pathlib import Path

import rh_lens as rh
from rh_lens import plots

SCORES, PICTURES, TABLES = (".safetensors", ".json", ".csv"), (".png", ".svg", ".pdf"), (".csv",)
PAGES = (".html",)


def check_target(option: str, path: Path | None, endings: tuple[str, ...]) -> None:
    """Refuse a path that cannot be written, or that has another ending."""
    if path is None:
        return
    if path.suffix not in endings:
        raise ValueError(
            f"--{option} got {path.name!r}: name a file that ends in {' or '.join(endings)}"
        )
    folder = path.absolute().parent
    if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ValueError(
            f"--{option} got {str(path)!r}, where no file can be written: make its folder, or "
            "name another"
        )
    if endings in (PICTURES, PAGES) and find_spec("matplotlib") is None:
        raise ValueError(f"--{option} draws with matplotlib: pip install 'rh_lens[plot]'")


def draw(scores: "rh.HeadScores", path: Path) -> None:
    """Layer by head."""
    plots.save(plots.heatmap(scores), path)
