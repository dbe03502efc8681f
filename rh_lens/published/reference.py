"""Score files of the reference's format, with what can be told of every run from its numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.scores import files
from rh_lens.scores.head_scores import HeadScores

SPANS = range(5, 61)  # tokens that a needle may have


def flagged(path: str | Path, name: str) -> HeadScores:
    """Scores under `name`, every run labelled with its needle and its defects.

    Labels of a run: "span", the tokens of its needle, and "needle", "span of 29 tokens" (neither
    where it cannot be told); "zero", no head scored; "above_one", a head scored more than a share
    can be; "duplicate_of", the first run with the same numbers, or None.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there are no scores at {str(path)!r}: check the path")
    parts = files.read_reference(path)
    silent = [not bool((run > 0).any()) for run in parts.values]
    spans = in_file_order([span(run) for run in parts.values], silent)
    first: dict[bytes, int] = {}
    labels = []
    for i, (run, tokens) in enumerate(zip(parts.values, spans, strict=True)):
        same = first.setdefault(run.numpy().tobytes(), i)
        told: dict[str, Any] = {"needle": f"span of {tokens} tokens", "span": tokens}
        labels.append(
            {
                "case": i,
                "found": True,  # runs that failed are not in these files
                **(told if tokens else {}),
                "zero": silent[i],
                "above_one": bool((run > 1 + 1e-6).any()),
                "duplicate_of": None if same == i else same,
            }
        )
    return HeadScores(name, parts.values, tuple(labels), parts.provenance)


def span(run: Float[Tensor, "layer head"]) -> int | None:
    """The tokens of the needle: the least n of which all scores of a run are multiples of 1/n.

    None if no head scored, or if the scores are no such multiples. With few heads scoring, it may
    be a divisor of the true number.
    """
    copied = run[run > 0].double()
    if not len(copied):
        return None
    counts = copied * torch.tensor(SPANS)[:, None]  # span head
    whole = ((counts - counts.round()).abs() < 1e-3).all(dim=1)  # float32, at most 2 · 60 tokens
    return SPANS[int(whole.nonzero()[0])] if whole.any() else None


def in_file_order(spans: Sequence[int | None], silent: Sequence[bool]) -> list[int | None]:
    """Fill in silent runs between two of one needle, since the reference goes needle by needle.

    A silent run at an end of the file belongs to the one needle beside it.
    """
    filled = []
    for i, own in enumerate(spans):
        before = next((known for known in reversed(spans[:i]) if known), None)
        after = next((known for known in spans[i:] if known), None)
        beside = {before, after} - {None}
        filled.append(beside.pop() if silent[i] and len(beside) == 1 else own)
    return filled
