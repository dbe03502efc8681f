"""Scope: the positions of prompt and answer at which an intervention acts."""

import sys
from typing import Literal

from rh_lens.cases.case import Case

Scope = Literal["everywhere", "prompt", "decoding"] | range


def positions(scope: Scope, case: Case | None) -> range:
    """The positions that a scope means.

    `everywhere`: all. `decoding`: the prompt's last token, which says the answer's first, and all
    that follow it, as in Wu et al. 2024 (arXiv:2404.15574). `prompt`: those before. A range: these.
    """
    if isinstance(scope, range):
        return _within(scope, case)
    if scope == "everywhere":
        return range(sys.maxsize)
    if scope not in ("prompt", "decoding"):
        raise ValueError(
            f"got the scope {scope!r}: it can be 'everywhere', 'prompt', 'decoding', or a range of "
            "positions"
        )
    if case is None:
        raise ValueError(
            f"the scope {scope!r} depends on where the prompt ends: name the case, as in "
            ".on(model, case)"
        )
    last = len(case) - 1
    return range(last) if scope == "prompt" else range(last, sys.maxsize)


def _within(scope: range, case: Case | None) -> range:
    if scope.step != 1 or not 0 <= scope.start < scope.stop:
        raise ValueError(f"got the scope {scope}: give a range of positions from 0 on, in step 1")
    if case is not None and scope.stop > (longest := len(case) + len(case.answer)):
        raise ValueError(
            f"the scope {scope} ends outside the {longest} tokens of prompt and answer: give "
            "positions among them"
        )
    return scope


def overlap(one: range, other: range) -> range:
    """What two ranges share."""
    return range(max(one.start, other.start), min(one.stop, other.stop))
