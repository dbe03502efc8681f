"""A case for which there is too little memory is skipped, and the run goes on."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from rh_lens.experiments.gathered import Result
from rh_lens.model.memory import OutOfMemory, lack

Piece = TypeVar("Piece")


def tried_once(work: Callable[[], Piece]) -> Callable[[], Piece]:
    """`work`, done at the first call: later ones give the same, or `OutOfMemory` as it did."""
    outcome = cache(lambda: _piece_or_lack(work))

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


def why_skipped(results: Sequence[Result]) -> str:
    """What memory lacked where all cases were skipped, and what may help."""
    return (
        f"memory sufficed for none of {len(results)} cases ({results[0]['remarks']['skipped']}): "
        "try shorter lengths, a smaller model, dtype='bfloat16' or another device"
    )


def _piece_or_lack(work: Callable[[], Piece]) -> Piece | OutOfMemory:
    try:
        return work()
    except (MemoryError, RuntimeError) as error:
        why = lack(error)
        if why is None:
            raise
    return OutOfMemory(why)  # without the error, which holds on to all that was held where it arose
