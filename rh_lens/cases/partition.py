"""Partition: which stretch of a question each position belongs to."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Bool
from torch import Tensor

from rh_lens.cases.case import Case

STRETCHES = ("before", "cue", "answer", "question", "after", "last")


def partition(case: Case) -> dict[str, Bool[Tensor, " pos"]]:
    """The stretches of a prompt with its answer, every position in exactly one of them.

    `answer` is the case's needle; `cue` the span of that name, or the fact outside its answer;
    `question` that span; `last` the last position of the prompt and those of the answer given
    after it, at which the answer is said. Of the rest, `before` precedes the first of these and
    `after` follows it. A position that could be in several is in `last`, else in `answer`, else in
    `cue`. Stretches that the case does not have are left out.
    """
    end = len(case) - 1
    told = end + len(case.answer)
    cue = case.spans.get("cue", case.spans.get("fact", ()))
    named = {
        "last": (range(end, told),),
        "answer": (case.needle,),
        "cue": cue,
        "question": case.spans.get("question", ()),
    }
    free = torch.ones(told, dtype=torch.bool)
    found = {}
    for name, spans in named.items():
        found[name] = _at(spans, told) & free
        free &= ~found[name]
    first = int((~free).nonzero()[0])
    early = torch.arange(told) < first
    found |= {"before": free & early, "after": free & ~early}
    return {name: found[name] for name in STRETCHES if bool(found[name].any())}


def stretch(case: Case, name: str) -> Bool[Tensor, " pos"]:
    """The positions of one stretch: of the partition, of one of the case's spans, or `all`."""
    told = len(case) + len(case.answer) - 1
    parts = partition(case)
    if name == "all":
        return torch.ones(told, dtype=torch.bool)
    if name not in parts and not any(case.spans.get(name, ())):
        raise ValueError(
            f"this case has no stretch {name!r}: choose among {[*parts, 'all']} and the spans "
            f"{sorted(case.spans)}, or pass `spans` to Case"
        )
    return parts[name] if name in parts else _at(case.spans[name], told)


def check_stretches(cases: Iterable[Case], names: Sequence[str]) -> None:
    """Refuse stretches that one of the cases does not have, before anything is run."""
    if not names:
        raise ValueError("got no spans: name at least one, or give None")
    for case in cases:
        for name in names:
            stretch(case, name)


def _at(spans: tuple[range, ...], length: int) -> Bool[Tensor, " pos"]:
    marked = torch.zeros(length, dtype=torch.bool)
    for span in spans:
        marked[span.start : span.stop] = True
    return marked
