"""Progress: how far a long piece of work has come."""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

from tqdm import tqdm

Piece = TypeVar("Piece")
PATIENCE = 2  # seconds, within which no progress needs to be seen


def watched(work: Sequence[Piece], what: str) -> Iterable[Piece]:
    """The work, piece by piece, with a progress bar where somebody can see it.

    A bar of text also in notebooks: those that draw themselves from a thread or as widgets leave
    traces in outputs, and can hang whoever runs the notebook without a browser.
    """
    visible = sys.stderr.isatty() or "ipykernel" in sys.modules
    bar = tqdm if visible else partial(tqdm, disable=True)  # else TQDM_DISABLE has a say
    return bar(work, desc=what, delay=PATIENCE, leave=False)
