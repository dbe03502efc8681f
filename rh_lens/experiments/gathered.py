"""What came of the cases, gathered into scores."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import torch

from rh_lens.cases.case import Case
from rh_lens.model.identity import Identity
from rh_lens.model.reply import Answering
from rh_lens.scorers.scorer import Scorer
from rh_lens.scores.head_scores import HeadScores

Result = Mapping[str, Any]  # what the journal keeps of one case and scorer
PACKAGES = ("rh_lens", "torch", "transformer-lens", "transformers")
VERSIONS = {package: version(package) for package in PACKAGES}


def gathered(
    scorers: Sequence[Scorer],
    cases: Sequence[Case],
    who: Identity,
    how: Answering,
    results: Mapping[int, Sequence[Result]],
) -> list[HeadScores]:
    """The scores of each scorer on the cases that were asked, in the order they were given."""
    asked = sorted(results)
    rows = zip(*(results[index] for index in asked), strict=True)
    return [
        _scores(scorer, own, [cases[index] for index in asked], who, how)
        for scorer, own in zip(scorers, rows, strict=True)
    ]


def shape(who: Identity) -> tuple[int, int]:
    """Layers, and heads of each."""
    return int(who["n_layers"] or 0), int(who["n_heads"] or 0)


def _scores(
    scorer: Scorer, results: Sequence[Result], cases: Sequence[Case], who: Identity, how: Answering
) -> HeadScores:
    unmeasured = torch.full(shape(who), torch.nan)
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
    origin = provenance(who, scorer, how)
    return HeadScores(scorer.name, torch.stack(values), tuple(labels), origin)


def provenance(who: Identity, scorer: Scorer, how: Answering) -> dict[str, Any]:
    """How scores of replies were obtained."""
    return {
        "model": who,
        "scorer": repr(scorer),
        "answering": repr(how),
        "seed": None,  # decoding is greedy: nothing here is drawn
        "versions": VERSIONS,
    }
