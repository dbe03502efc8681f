"""Spec: all that the explorer's page knows before it asks its first question."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from rh_lens.plots.explorer.looks import STRIPS
from rh_lens.plots.explorer.session import Answer, Session
from rh_lens.scores.head_scores import HeadScores

COUNTS = (3, 5, 10)  # how many of the strongest heads one click takes away
NAMED = 8  # heads that a page lists by name
FACETS = ("task", "kind", "needle", "length", "depth")  # labels by which a case can be chosen


def spec_of(
    session: Session,
    scores: Mapping[str, HeadScores],
    cases: Iterable[int],
    known: Mapping[str, Answer],
    *,
    live: bool,
) -> dict[str, Any]:
    """Scores, cases to choose from, and answers that need not be asked for, as plain JSON.

    Args:
        cases: Which of the session's cases can be chosen.
        known: Answers by question.
        live: Whether somebody answers further questions.
    """
    cfg = session.model.cfg
    listed = [session.cases[index].labels for index in cases]
    facets = [facet for facet in FACETS if len({str(labels.get(facet)) for labels in listed}) > 1]
    return {
        "model": str(cfg.model_name),
        "layers": int(cfg.n_layers),
        "heads": int(cfg.n_heads),
        "groups": int(cfg.n_key_value_heads or cfg.n_heads),
        "scores": [_scores(name, each) for name, each in scores.items()],
        "facets": facets,
        "cases": [
            {"index": index, "labels": {facet: str(labels.get(facet, "")) for facet in facets}}
            for index, labels in zip(cases, listed, strict=True)
        ],
        "ablations": list(session.ablations)[: None if live else 1],
        "counts": list(COUNTS),
        "strips": STRIPS,
        "known": dict(known),
        "live": live,
    }


def _scores(name: str, scores: HeadScores) -> dict[str, Any]:
    return {
        "name": name,
        "values": [
            [None if math.isnan(score) else round(score, 5) for score in layer]
            for layer in scores.mean.tolist()
        ],
        "top": [list(head) for head in scores.top(max(*COUNTS, NAMED))],
    }
