"""Ask the same cases of a model that is changed in several ways."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import torch

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gathered import VERSIONS, Result
from rh_lens.experiments.progress import watched
from rh_lens.interventions.intervention import Intervention, Unchanged
from rh_lens.journal import Journal
from rh_lens.metrics import answer_logprob, told_answer
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, prefill


def ask_under(
    model: Model,
    cases: Sequence[Case],
    changes: Sequence[Intervention | None],
    *,
    answering: Answering | None,
    journal: Journal | None,
    what: str,
) -> list[list[Result]]:
    """What the model answers to each case under each change (None: as it is).

    By change and case: `logprob`, the mean log-probability of the right answer's tokens, the ones
    before it given; `found` and `said`, its reply (None without `answering`); `idle`, whether the
    change made no difference. What of a prompt comes before a change begins to act is read once for
    all such changes.
    """
    check_lengths(model, cases)
    journal = journal or Journal()
    journal.about(identity(model))
    results: list[list[Result]] = [[] for _ in changes]
    for case in watched(cases, what):
        shared = cache(partial(prefill, model, case))
        for change, own in zip(changes, results, strict=True):
            work = partial(_ask, model, case, change, answering, shared)
            key = (VERSIONS["rh_lens"], "ask", answering, change, case.digest)
            own.append(journal.recall(work, *key))
    return results


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
