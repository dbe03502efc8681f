"""NothingScored: a run that earned no result, and what the model said instead."""

from collections.abc import Mapping, Sequence
from typing import Any

from rh_lens.cases.case import Case
from rh_lens.experiments.skipped import why_skipped
from rh_lens.model.reply import Answering


class NothingScored(ValueError):
    """The model answered no case, so no head earned a score."""


def why_nothing(
    results: Sequence[Mapping[str, Any]], cases: Sequence[Case], how: Answering, so: str
) -> str:
    """What a model that answered no case said instead, and what may help."""
    asked = [each for each in zip(cases, results, strict=True) if each[1]["found"] is not None]
    if not asked:
        return why_skipped(results)
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
