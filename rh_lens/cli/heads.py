"""Heads named in a shell: by a score file, or one by one."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

import rh_lens as rh
from rh_lens.cli.files import SCORES

Heads = Annotated[
    str, typer.Argument(help="A score file, strongest heads first, or heads such as L2H2,L2H4.")
]


def ranking(text: str) -> Any:
    """The scores of a file, or the heads that are named, in order."""
    if Path(text).suffix in SCORES:
        return rh.HeadScores.load(text)
    named = [re.fullmatch(r"L(\d+)H(\d+)", name.strip()) for name in text.split(",")]
    if not all(named):
        raise ValueError(
            f"{text!r} names no heads: give a .safetensors or .json score file, or heads such as "
            "L2H2,L2H4"
        )
    return [rh.Head(int(match[1]), int(match[2])) for match in named if match]


def strongest(text: str, count: int) -> list["rh.Head"]:
    """The first `count` of them."""
    order = ranking(text)
    return order.top(count) if isinstance(order, rh.HeadScores) else order[:count]
