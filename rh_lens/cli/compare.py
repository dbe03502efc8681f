"""rh-lens compare: do score files agree on the heads?"""

from pathlib import Path
from typing import Annotated

import typer

import rh_lens as rh
from rh_lens import plots
from rh_lens.cli.files import PICTURES, TABLES, check_target


def compare(
    files: Annotated[
        list[Path], typer.Argument(help="Two or more score files: .safetensors or .json.")
    ],
    top: Annotated[int, typer.Option(min=1, help="How many heads are the top.")] = 10,
    out: Annotated[
        Path | None, typer.Option(help="Write a row per head, a column per file: .csv.")
    ] = None,
    scatter: Annotated[
        Path | None, typer.Option(help="Draw the first two against each other to this file.")
    ] = None,
) -> None:
    """Print how far score files agree on the same heads, in rank and at the top.

    The files' names are the scores' names, with the folder's if two are the same.

    Exit status: 0, or 2 if a file cannot be read or the heads are not the same.

    Example:

      rh-lens compare mine.safetensors llama-2-7b-80k.json --top 20 --scatter both.png
    """
    check_target("out", out, TABLES)
    check_target("scatter", scatter, PICTURES)
    names = _names(files)
    scores = [rh.HeadScores.load(file) for file in files]
    comparison = rh.compare(**dict(zip(names, scores, strict=True)))
    print(comparison.table(top))
    if out is not None:
        comparison.frame.to_csv(out, index_label="head")
    if scatter is not None:
        plots.save(plots.scatter(comparison, *names[:2]), scatter)


def _names(files: list[Path]) -> list[str]:
    """What tells the files apart, the shorter the better."""
    stems = [file.stem for file in files]
    with_folder = [f"{file.absolute().parent.name}/{file.stem}" for file in files]
    for names in (stems, with_folder):
        if len(set(names)) == len(names):
            return names
    raise ValueError(f"the files {with_folder} cannot be told apart by name: rename one")
