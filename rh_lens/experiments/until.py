"""Ask cases until enough is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from rh_lens.cases.case import Case
from rh_lens.cases.spread import spread
from rh_lens.model.processes import Processes
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.stable import Stable

Result = TypeVar("Result")


def ask_until(
    until: Stable,
    cases: Sequence[Case],
    ask: Callable[[Sequence[int]], Mapping[int, Result]],
    gather: Callable[[Mapping[int, Result]], list[HeadScores]],
    among: Processes = Processes(),
) -> tuple[dict[int, Result], list[HeadScores]]:
    """What came of the first cases of a drawn order after which each of the scores is stable, and
    those scores.

    What was decided is in their provenance, under "until": the rule, how many cases were `asked`,
    of how many, the `looks` (each: after how many cases, which share of draws agreed; None where
    too few needles had been measured), the share that was `needed`, and whether it was reached: the
    top heads are `known`.

    Args:
        ask: What comes of the cases with these indices.
        gather: The scores from what came of some cases, in the cases' own order.
        among: Those that share the work; they stop together, where process 0 does.
    """
    order = spread(cases, seed=until.seed)
    results: dict[int, Result] = {}
    looks: list[list[tuple[int, float | None]]] = []
    for size in until.looks(len(cases)):
        results |= ask(order[len(results) : size])
        scores = gather(results)
        shares = among.gather([until.agreement(each, len(cases)) for each in scores])[0]
        looks.append([(size, share) for share in shares])
        if all(until.suffices(share, len(cases)) for share in shares):
            break
    told = [_told(until, len(cases), own) for own in zip(*looks, strict=True)]
    return results, [
        replace(each, provenance={**each.provenance, "until": own})
        for each, own in zip(scores, told, strict=True)
    ]


def _told(until: Stable, count: int, looks: Sequence[tuple[int, float | None]]) -> dict[str, Any]:
    asked, share = looks[-1]
    return {
        "rule": repr(until),
        "top": until.top,
        "swaps": until.swaps,
        "confidence": until.confidence,
        "asked": asked,
        "of": count,
        "needed": 1 - until.doubt(count),
        "known": until.suffices(share, count),
        "looks": [list(look) for look in looks],
    }
