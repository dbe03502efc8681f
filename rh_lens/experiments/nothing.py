"""NothingScored: a run that earned no result, and what the model said instead."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from rh_lens.cases.case import Case
from rh_lens.experiments.skipped import why_skipped
from rh_lens.model.memory import OutOfMemory
from rh_lens.model.reply import Answering

Piece = TypeVar("Piece")


class NothingScored(ValueError):
    """The model answered no case, so no head earned a score."""


def sufficed(outcomes: Sequence[Piece | OutOfMemory]) -> list[Piece]:
    """Those for which there was enough memory, if any."""
    pieces = [each for each in outcomes if not isinstance(each, OutOfMemory)]
    if not pieces:
        raise NothingScored(why_skipped(len(outcomes), outcomes[0]))
    return pieces


def check_some(results: Sequence[Mapping[str, Any]]) -> None:
    """Refuse results of which all were skipped for want of memory."""
    why = [result["remarks"].get("skipped") for result in results]
    if all(why):
        raise NothingScored(why_skipped(len(why), why[0]))


def why_nothing(
    results: Sequence[Mapping[str, Any]], cases: Sequence[Case], how: Answering, so: str
) -> str:
    """What a model that answered no case said instead, and what may help."""
    asked = [each for each in zip(cases, results, strict=True) if each[1]["found"] is not None]
    if not asked:
        return why_skipped(len(results), results[0]["remarks"]["skipped"])
    examples = "".join(
        f"\n  asked {case.labels.get('needle', case.digest)!r}, it said {result['said'][:120]!r}"
        for case, result in asked[:3]
    )
    return (
        f"the model answered 0 of {len(asked)} cases (0 %), so {so}.{examples}\n"
        f"It was asked by {how}. Try shorter lengths; Greedy(max_new_tokens=50) if it began with "
        "other words; Rouge1Recall(0.5) as the gate if it came close; ChatPrompt() for a chat "
        "model; a Prompt template ending in {stem} for a weak one."
    )
