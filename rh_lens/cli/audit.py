"""rh-lens audit: what is wrong with a reference score file?"""

from pathlib import Path
from typing import Annotated

import typer

import rh_lens as rh


def audit(
    file: Annotated[Path, typer.Argument(help="Score file of the reference: .json.")],
) -> None:
    """Print what a reference score file holds: runs, needles, heads and defects.

    Exit status: 0, or 2 if the file cannot be read. Defects do not change it.

    Example:

      rh-lens audit llama-2-7b-80k.json
    """
    print(rh.published.audit(file))
