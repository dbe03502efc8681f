"""rh-lens show: what does a score file hold?"""

from pathlib import Path
from typing import Annotated

import typer

import rh_lens as rh
from rh_lens.cli.files import PICTURES, check_target, draw


def show(
    file: Annotated[
        Path, typer.Argument(help=".safetensors of detect, or .json of the reference.")
    ],
    heatmap: Annotated[Path | None, typer.Option(help="Draw layer x head to this file.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many heads to list.")] = 10,
) -> None:
    """Print the strongest heads of a score file.

    Exit status: 0, or 2 if the file cannot be read.

    Example:

      rh-lens show scores.safetensors --heatmap heads.png
    """
    check_target("heatmap", heatmap, PICTURES)
    scores = rh.HeadScores.load(file)
    print(scores.table(top))
    if heatmap is not None:
        draw(scores, heatmap)
