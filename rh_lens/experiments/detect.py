"""Which heads retrieve?"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, overload

from rh_lens.cases.case import Case
from rh_lens.cases.spread import needle_of
from rh_lens.experiments.gathered import VERSIONS, Result, gathered, shape
from rh_lens.experiments.nothing import NothingScored, why_nothing
from rh_lens.experiments.progress import watched
from rh_lens.experiments.sharing import ask_shared, check_alike, sharing
from rh_lens.experiments.skipped import or_skipped, tried_once
from rh_lens.experiments.until import ask_until
from rh_lens.journal import Journal
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.prefix_reader import Reader
from rh_lens.model.processes import Processes
from rh_lens.model.reply import Answering, Greedy
from rh_lens.scorers.scorer import Scorer, judge
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.stable import Stable


@overload
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Scorer,
    *,
    answering: Answering = ...,
    journal: Journal | None = ...,
    until: Stable | None = ...,
    among: Processes | None = ...,
    batch_size: int = ...,
) -> HeadScores: ...
@overload
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Sequence[Scorer],
    *,
    answering: Answering = ...,
    journal: Journal | None = ...,
    until: Stable | None = ...,
    among: Processes | None = ...,
    batch_size: int = ...,
) -> list[HeadScores]: ...
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Scorer | Sequence[Scorer],
    *,
    answering: Answering = Greedy(),
    journal: Journal | None = None,
    until: Stable | None = None,
    among: Processes | None = None,
    batch_size: int = 1,
) -> HeadScores | list[HeadScores]:
    """Every head's score on every case that the model answers.

    The model answers each case once; what it said is replayed once, for all scorers. A case that it
    fails is kept as a row of NaN, with what it said instead. What several prompts have in common
    from their beginning, such as the haystack before the needle, is read once: the cases are asked
    in the order that saves most, and kept in the order given. A case for which there is too little
    memory is skipped: a row of NaN, whose labels say so, and which no journal keeps.

    Args:
        scorers: One scorer, which gives one `HeadScores`, or several, which give a list of them.
        answering: How the model comes to its answer: `Greedy()` in its own words, `TeacherForced()`
            with the right ones.
        journal: Remembers each finished case, so that the same call goes on where it was stopped.
        until: `Stable(top=20, swaps=2)` asks only as many cases as it takes to know the top heads.
            The scores are those of the cases asked, and tell in `provenance["until"]` how many
            those were of how many, and whether that sufficed. None: asks all cases.
        among: `rh.processes()` shares the cases out among all processes that a launcher started,
            and gives each of them the scores of all. All must make the same call. It is asked for
            and not found out, because a script may run in several processes for another reason.
        batch_size: How many prompts to read at once, where they are of one length and share what
            comes before the needle. It saves time on short prompts, takes as many times the memory
            of one, and changes scores by no more than the order of float sums.

    Raises:
        NothingScored: The model answered no case, or memory sufficed for none.
    """
    several = [scorers] if isinstance(scorers, Scorer) else list(scorers)
    if not (cases and several):
        raise ValueError(
            f"got {len(cases)} cases and {len(several)} scorers: give at least one of each"
        )
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}: read at least 1 prompt at once")
    among = sharing(among)
    who = identity(model)
    check_lengths(model, cases)
    check_alike(among, cases, who, [scorer.name for scorer in several], until)
    journal = journal or Journal()
    journal.about(who)
    if until is not None:
        needles = [needle_of(case.labels, index) for index, case in enumerate(cases)]
        until.check(needles, math.prod(shape(who)))
    reader = Reader(model, cases, batch_size)
    ask = partial(
        ask_shared,
        among,
        reader,
        partial(_ask, reader, cases, answering, several, journal, among),
        partial(_known, cases, answering, several, journal),
    )
    gather = partial(gathered, several, cases, who, answering)
    if until is None:
        results = ask(range(len(cases)))
        scores = gather(results)
    else:
        results, scores = ask_until(until, cases, ask, gather, among)
    asked = [cases[index] for index in sorted(results)]
    said = [results[index][0] for index in sorted(results)]
    if not any(result["found"] for result in said):
        raise NothingScored(why_nothing(said, asked, answering, "no head earned a score"))
    return scores[0] if isinstance(scorers, Scorer) else scores


def _ask(
    reader: Reader,
    cases: Sequence[Case],
    answering: Answering,
    scorers: Sequence[Scorer],
    journal: Journal,
    among: Processes,
    order: Sequence[int],
) -> dict[int, list[Result]]:
    """What comes of the cases with these indices: for each, a result for each scorer."""
    results: dict[int, list[Result]] = {}
    what = f"scoring heads of {reader.model.cfg.model_name}"
    for place, index in enumerate(watched(order, what) if among.leads else order):
        case, upcoming = cases[index], order[place : place + reader.batch_size]
        run = tried_once(partial(_read_and_examine, reader, upcoming, case, answering, scorers))
        recalls = [
            partial(journal.recall, partial(_result_of, run, which), *_key(answering, scorer, case))
            for which, scorer in enumerate(scorers)
        ]
        results[index] = [or_skipped(recall) for recall in recalls]
    return results


def _known(
    cases: Sequence[Case],
    answering: Answering,
    scorers: Sequence[Scorer],
    journal: Journal,
    index: int,
) -> bool:
    remembering = journal.folder is not None  # or there is no need to know the case's digest
    return remembering and all(
        journal.remembers(*_key(answering, each, cases[index])) for each in scorers
    )


def _key(answering: Answering, scorer: Scorer, case: Case) -> tuple[Any, ...]:
    return VERSIONS["rh_lens"], answering, scorer, case.digest


def examine(
    model: Model,
    case: Case,
    answering: Answering,
    scorers: Sequence[Scorer],
    context: Context | None = None,
) -> list[Result]:
    """Ask one case; score the reply under each scorer if it is right."""
    reply = answering(model, case, context)
    answer: dict[str, Any] = {"found": reply.found, "said": reply.text(model.tokenizer)}
    if not reply.found:
        return [{**answer, "scores": None, "remarks": {}}] * len(scorers)
    return [
        {**answer, "scores": verdict.scores.tolist(), "remarks": verdict.remarks}
        for verdict in judge(model, reply, scorers)
    ]


def _read_and_examine(
    reader: Reader,
    upcoming: Sequence[int],
    case: Case,
    answering: Answering,
    scorers: Sequence[Scorer],
) -> list[Result]:
    with reader.reading(*upcoming) as context:
        return examine(reader.model, case, answering, scorers, context)


def _result_of(run: Callable[[], list[Result]], index: int) -> Result:
    return run()[index]


def check_lengths(model: Model, cases: Sequence[Case]) -> None:
    """Before the first case is asked, so that a long run does not end on its last."""
    needed = max(len(case) + len(case.answer) for case in cases)
    if needed > model.cfg.n_ctx:
        raise ValueError(
            f"the longest case needs {needed} tokens with its answer, but {model.cfg.model_name!r} "
            f"reads at most {model.cfg.n_ctx}: ask for shorter lengths"
        )
