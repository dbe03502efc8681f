"""Ask the same cases of a model that is changed in several ways."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any, NamedTuple
from warnings import warn

import torch

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gathered import VERSIONS, Result
from rh_lens.experiments.nothing import sufficed
from rh_lens.experiments.progress import watched
from rh_lens.experiments.skipped import piece_or_lack
from rh_lens.interventions.intervention import Intervention, Unchanged
from rh_lens.journal import Journal
from rh_lens.metrics import answer_logprob, told_answer
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.memory import OutOfMemory
from rh_lens.model.reply import Answering, prefill


class Asked(NamedTuple):
    """The cases for which memory sufficed under every change, and what came of them.

    Attributes:
        results: By change and case: `logprob`, the mean log-probability of the right answer's
            tokens, the ones before it given; `found` and `said`, the reply (None if not asked for);
            `idle`, whether the change made no difference.
        skipped: What memory was lacking, by digest of each other case.
    """

    cases: list[Case]
    results: list[list[Result]]
    skipped: dict[str, str]


def ask_under(
    model: Model,
    cases: Sequence[Case],
    changes: Sequence[Intervention | None],
    *,
    answering: Answering | None,
    journal: Journal | None,
    what: str,
) -> Asked:
    """What the model answers to each case under each change (None: as it is).

    What of a prompt comes before a change begins to act is read once for all such changes. A case
    for which memory does not suffice under one of them is left out under all, with a warning.
    """
    check_lengths(model, cases)
    journal = journal or Journal()
    journal.about(identity(model))
    outcomes: list[list[Result] | OutOfMemory] = []
    for case in watched(cases, what):
        outcomes.append(
            piece_or_lack(partial(_under_each, model, case, changes, answering, journal))
        )
    by_case = sufficed(outcomes)
    told = list(zip(cases, outcomes, strict=True))
    skipped = {case.digest: str(it) for case, it in told if isinstance(it, OutOfMemory)}
    if skipped:
        warn(
            f"skipped for want of memory: {len(skipped)} of {len(cases)} cases "
            f"({next(iter(skipped.values()))}); they are missing from what follows",
            stacklevel=3,
        )
    kept = [case for case in cases if case.digest not in skipped]
    return Asked(kept, [list(own) for own in zip(*by_case, strict=True)], skipped)


def _under_each(
    model: Model,
    case: Case,
    changes: Sequence[Intervention | None],
    answering: Answering | None,
    journal: Journal,
) -> list[Result]:
    shared = cache(partial(prefill, model, case))
    return [
        journal.recall(
            partial(_ask, model, case, change, answering, shared),
            *(VERSIONS["rh_lens"], "ask", answering, change, case.digest),
        )
        for change in changes
    ]


def _ask(
    model: Model, case: Case, change: Intervention | None, answering: Answering | None, shared: Any
) -> dict[str, Any]:
    if change is None:
        return {**_answer(model, case, answering, shared()), "idle": False}
    context = shared() if change.spares_prompt(case) else None
    answer: dict[str, Any] = {}
    try:
        with change.on(model, case):
            answer |= _answer(model, case, answering, context or prefill(model, case))
    except Unchanged:
        return {**answer, "idle": True}
    return {**answer, "idle": False}


@torch.no_grad()
def _answer(
    model: Model, case: Case, answering: Answering | None, context: Context
) -> dict[str, Any]:
    told, rows = told_answer(case)
    logits = context.say(told[rows.start :]).float()
    context.rewind(len(case) - 1)
    logprob = answer_logprob.of(logits[None], case, logits).item()
    if answering is None:
        return {"logprob": logprob, "found": None, "said": None}
    reply = answering(model, case, context)
    return {"logprob": logprob, "found": reply.found, "said": reply.text(model.tokenizer)}
