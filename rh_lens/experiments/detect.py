"""Which heads retrieve?"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from typing import Any, TypeVar, overload

import torch
from rich.console import Console
from rich.progress import track

from rh_lens.cases.case import Case
from rh_lens.journal import Journal
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.identity import Identity, identity
from rh_lens.model.prefix_reader import Reader
from rh_lens.model.reply import Answering, Greedy
from rh_lens.scorers.scorer import Scorer, judge
from rh_lens.scores.head_scores import HeadScores

Piece = TypeVar("Piece")
Result = Mapping[str, Any]  # what the journal keeps of one case and scorer
PACKAGES = ("rh_lens", "torch", "transformer-lens", "transformers")
VERSIONS = {package: version(package) for package in PACKAGES}


class NothingScored(ValueError):
    """The model answered no case, so no head earned a score."""


@overload
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Scorer,
    *,
    answering: Answering = ...,
    journal: Journal | None = ...,
) -> HeadScores: ...
@overload
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Sequence[Scorer],
    *,
    answering: Answering = ...,
    journal: Journal | None = ...,
) -> list[HeadScores]: ...
def score_heads(
    model: Model,
    cases: Sequence[Case],
    scorers: Scorer | Sequence[Scorer],
    *,
    answering: Answering = Greedy(),
    journal: Journal | None = None,
) -> HeadScores | list[HeadScores]:
    """Every head's score on every case that the model answers.

    The model answers each case once; what it said is replayed once, for all scorers. A case that it
    fails is kept as a row of NaN, with what it said instead. What several prompts have in common
    from their beginning, such as the haystack before the needle, is read once: the cases are asked
    in the order that saves most, and kept in the order given.

    Args:
        scorers: One scorer, which gives one `HeadScores`, or several, which give a list of them.
        answering: How the model comes to its answer: `Greedy()` in its own words, `TeacherForced()`
            with the right ones.
        journal: Remembers each finished case, so that the same call goes on where it was stopped.

    Raises:
        NothingScored: The model answered no case.
    """
    several = [scorers] if isinstance(scorers, Scorer) else list(scorers)
    if not (cases and several):
        raise ValueError(
            f"got {len(cases)} cases and {len(several)} scorers: give at least one of each"
        )
    who = identity(model)
    check_lengths(model, cases)
    journal = journal or Journal()
    journal.about(who)
    reader = Reader(model, cases)
    by_case: list[list[Result]] = [[] for _ in cases]
    for index in watched(reader.order, f"scoring heads of {who['name']}"):
        run = cache(partial(_read_and_examine, reader, index, cases[index], answering, several))
        for place, scorer in enumerate(several):
            work = partial(_result_of, run, place)
            key = (VERSIONS["rh_lens"], answering, scorer, cases[index].digest)
            by_case[index].append(journal.recall(work, *key))
    rows = list(zip(*by_case, strict=True))
    if not any(result["found"] for result in rows[0]):
        raise NothingScored(why_nothing(rows[0], cases, answering, "no head earned a score"))
    scores = [
        _gather(scorer, own, cases, who, answering)
        for scorer, own in zip(several, rows, strict=True)
    ]
    return scores[0] if isinstance(scorers, Scorer) else scores


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
    reader: Reader, index: int, case: Case, answering: Answering, scorers: Sequence[Scorer]
) -> list[Result]:
    with reader.reading(index) as context:
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


def watched(work: Sequence[Piece], what: str) -> Iterable[Piece]:
    """The work, piece by piece, with a progress bar where somebody can see it."""
    console = Console(file=sys.stderr)
    visible = console.is_terminal or console.is_jupyter
    return track(work, description=what, console=console, disable=not visible, transient=True)


def _gather(
    scorer: Scorer, results: Sequence[Result], cases: Sequence[Case], who: Identity, how: Answering
) -> HeadScores:
    unmeasured = torch.full((int(who["n_layers"] or 0), int(who["n_heads"] or 0)), torch.nan)
    values = [
        unmeasured if result["scores"] is None else torch.tensor(result["scores"])
        for result in results
    ]
    labels = [
        {
            **case.labels,
            "digest": case.digest,
            "found": result["found"],
            "said": result["said"],
            **result["remarks"],
        }
        for case, result in zip(cases, results, strict=True)
    ]
    provenance = {
        "model": who,
        "scorer": repr(scorer),
        "answering": repr(how),
        "seed": None,  # decoding is greedy: nothing here is drawn
        "versions": VERSIONS,
    }
    return HeadScores(scorer.name, torch.stack(values), tuple(labels), provenance)


def why_nothing(results: Sequence[Result], cases: Sequence[Case], how: Answering, so: str) -> str:
    """What a model that answered no case said instead, and what may help."""
    examples = "".join(
        f"\n  asked {case.labels.get('needle', case.digest)!r}, it said {result['said'][:120]!r}"
        for case, result in list(zip(cases, results, strict=True))[:3]
    )
    return (
        f"the model answered 0 of {len(cases)} cases (0 %), so {so}.{examples}\n"
        f"It was asked by {how}. Try shorter lengths; Greedy(max_new_tokens=50) if it began with "
        "other words; Rouge1Recall(0.5) as the gate if it came close; ChatPrompt() for a chat "
        "model; a Prompt template ending in {stem} for a weak one."
    )
