"""A case for which there is too little memory is skipped, and the run goes on."""

from collections.abc import Callable
from functools import cache
from math import nan
from typing import TypeVar

from rh_lens.experiments.gathered import Result
from rh_lens.model.memory import OutOfMemory, lack

Piece = TypeVar("Piece")


def tried_once(work: Callable[[], Piece]) -> Callable[[], Piece]:
    """`work`, done at the first call: later ones give the same, or `OutOfMemory` as it did."""
    outcome = cache(lambda: piece_or_lack(work))

    def again() -> Piece:
        found = outcome()
        if isinstance(found, OutOfMemory):
            raise found
        return found

    return again


def or_skipped(recall: Callable[[], Result]) -> Result:
    """A case's result; or, since nothing is remembered of one that failed, that it was skipped."""
    try:
        return recall()
    except OutOfMemory as error:
        return {"found": None, "said": None, "scores": None, "remarks": {"skipped": str(error)}}


def piece_or_lack(work: Callable[[], Piece]) -> Piece | OutOfMemory:
    """What `work` gives, or what memory it lacked."""
    try:
        return work()
    except (MemoryError, RuntimeError) as error:
        why = lack(error)
        if why is None:
            raise
    return OutOfMemory(why)  # without the error, which holds on to all that was held where it arose


def effects_or_skipped(recall: Callable[[], Result], count: int) -> Result:
    """The `effects` on a case and `remarks` on it; NaN, and why, where memory did not suffice."""
    outcome = piece_or_lack(recall)
    if isinstance(outcome, OutOfMemory):
        return {"effects": [nan] * count, "remarks": skipped(outcome)}
    return outcome


def skipped(outcome: OutOfMemory) -> dict[str, str | None]:
    """What is remarked on a case for which memory did not suffice."""
    return {"found": None, "skipped": str(outcome)}


def why_skipped(count: int, why: object) -> str:
    """That memory sufficed for none of so many cases, and what may help."""
    return (
        f"memory sufficed for none of {count} cases ({why}): try shorter lengths, a smaller model, "
        "dtype='bfloat16' or another device"
    )
