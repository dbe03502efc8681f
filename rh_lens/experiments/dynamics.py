"""Are the same heads at work on every case, and at every step?"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from rh_lens.cases.case import Case
from rh_lens.experiments.activity import Activity, Steps
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gathered import VERSIONS, provenance, shape
from rh_lens.experiments.nothing import NothingScored, why_nothing
from rh_lens.experiments.progress import watched
from rh_lens.heads import Head, all_heads
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.replay import Sight, replay
from rh_lens.model.reply import Answering, Greedy, Reply
from rh_lens.scorers.retrieval import RetrievalScore
from rh_lens.scorers.scorer import Scorer, weigh


def dynamics(
    model: Model,
    cases: Sequence[Case],
    *,
    answering: Answering = Greedy(),
    scorer: Scorer = RetrievalScore(),
    journal: Journal | None = None,
) -> Activity:
    """Which heads are active at every step of every reply: does the set of heads change?

    A head is active at a step if `scorer`, shown that step alone, gives it more than 0. With the
    retrieval score: if it looks hardest at a token of the needle which is the one being said (Wu et
    al. 2024, Fig. 4; per step, arXiv:2602.11162).

    Args:
        answering: How the model comes to its answer.
        scorer: One that judges every step by itself, such as `RetrievalScore(keys="haystack")`,
            `Over(RetrievalScore(), "fact")` or `PassageHitRate()`.
        journal: Remembers each finished case, so that the same call goes on where it was stopped.

    Raises:
        NothingScored: The model answered no case.
    """
    if not cases:
        raise ValueError("got no cases to watch heads on: give at least one")
    who = identity(model)
    check_lengths(model, cases)
    journal = journal or Journal()
    journal.about(who)
    results = [
        journal.recall(
            partial(_watch, model, case, answering, scorer),
            VERSIONS["rh_lens"], "dynamics", answering, scorer, case.digest,
        )
        for case in watched(cases, f"watching heads of {who['name']}")
    ]  # fmt: skip
    if not any(result["found"] for result in results):
        said = [{**result, "said": "".join(result["said"])} for result in results]
        raise NothingScored(why_nothing(said, cases, answering, "no head was seen to copy"))
    size = shape(who)
    labels = [
        {**case.labels, "digest": case.digest, "found": result["found"]}
        for case, result in zip(cases, results, strict=True)
    ]
    return Activity(
        steps=tuple(_unpacked(result["active"], size) for result in results),
        said=tuple(tuple(result["said"]) for result in results),
        labels=tuple(labels),
        provenance=provenance(who, scorer, answering),
    )


def _watch(model: Model, case: Case, answering: Answering, scorer: Scorer) -> dict[str, Any]:
    """What a journal keeps of one case: of each step, what was said and which heads were active."""
    reply = answering(model, case)
    said = [replace(reply, tokens=token[None]).text(model.tokenizer) for token in reply.tokens]
    active = _packed(steps(model, reply, scorer)) if reply.found else []
    return {"found": reply.found, "said": said, "active": active}


def steps(model: Model, reply: Reply, scorer: Scorer) -> Steps:
    """Whether every head scores above 0 at each step of a reply, taken by itself."""
    rows = scorer.rows(reply)
    if len(rows) != len(reply.tokens):
        raise ValueError(
            f"{scorer!r} looks at {len(rows)} positions of a reply of {len(reply.tokens)} tokens: "
            "give a scorer that judges each step, such as RetrievalScore()"
        )
    each = [replace(reply, tokens=token[None]) for token in reply.tokens]
    layers: dict[int, Steps] = {}

    def watch(sight: Sight) -> None:
        seen = weigh(sight, scorer.weight)  # head step pos
        scores = torch.stack(
            [scorer.score(seen[:, i : i + 1], said) for i, said in enumerate(each)]
        )
        if scores.isnan().any():
            raise ValueError(
                f"{scorer!r} gives no score on a case whose needle is {reply.case.needle}: "
                "give cases with a needle in the prompt"
            )
        layers[sight.layer] = (scores > 0).cpu()[:, None]  # step 1 head

    replay(model, reply, rows, watch)
    return torch.cat([layers[layer] for layer in sorted(layers)], dim=1)


def _packed(active: Steps) -> list[list[Head]]:
    heads = all_heads(*active.shape[1:])
    return [[heads[i] for i in step.nonzero().flatten().tolist()] for step in active.flatten(1)]


def _unpacked(packed: Sequence[Sequence[Sequence[int]]], size: tuple[int, int]) -> Steps:
    active = torch.zeros(len(packed), *size, dtype=torch.bool)
    for step, heads in enumerate(packed):
        for layer, index in heads:
            active[step, layer, index] = True
    return active
