"""How far changes bring a run from the corrupt to the clean one: the scale patching is read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.cases.pair import Pair
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gathered import VERSIONS
from rh_lens.experiments.nothing import NothingScored, sufficed
from rh_lens.experiments.protocol import SMALLEST_GAP, Protocol, Result, Swaps, earned, examine
from rh_lens.experiments.skipped import piece_or_lack, skipped
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.memory import OutOfMemory


@dataclass(frozen=True, eq=False)
class Recovery:
    """Of each pair and swap, (m(patched) - m(corrupt)) / (m(clean) - m(corrupt))."""

    values: Float[Tensor, "case swap"]
    labels: tuple[Labels, ...]
    provenance: dict[str, Any]


def recovery(
    model: Model,
    pairs: Sequence[Pair],
    protocol: Protocol,
    swaps: Swaps,
    what: str,
    *,
    journal: Journal | None,
) -> Recovery:
    """How far each swap goes on each pair; NaN for a swap that a pair does not have.

    A pair whose clean run is not the better one is a row of NaN, and so is one for which memory
    does not suffice. Each finished pair is remembered.

    Args:
        swaps: Of one pair, as many for each; None where it has no such stretch.
        what: Tells these swaps from others.
    """
    if not pairs:
        raise ValueError("got no pairs to patch: give at least one, such as from `pairs`")
    protocol.check()
    check_lengths(model, [pair.clean for pair in pairs])
    who = identity(model)
    journal = journal or Journal()
    journal.about(who)
    how = f"{protocol!r} of {what}"
    outcomes = []
    for number, pair in enumerate(pairs, start=1):
        progress = f"{protocol.name}, pair {number} of {len(pairs)}"
        work = partial(examine, model, pair, protocol, swaps, progress)
        recall = partial(journal.recall, work, VERSIONS["rh_lens"], how, pair.digest)
        outcomes.append(piece_or_lack(recall))
    results = sufficed(outcomes)
    if not any(map(earned, results)):
        raise NothingScored(_why_nothing(results))
    provenance = {
        "model": who,
        "scorer": how,
        "answering": "the right answer given",
        "seed": None,  # nothing here is drawn
        "versions": VERSIONS,
        "cost": {way: sum(result[way] for result in results) for way in ("forward", "backward")},
    }
    labels = [
        {**pair.clean.labels, "digest": pair.digest, **_remarks(outcome)}
        for pair, outcome in zip(pairs, outcomes, strict=True)
    ]
    unmeasured = [torch.nan] * len(results[0]["patched"])
    values = [
        unmeasured if isinstance(outcome, OutOfMemory) else _scaled(outcome) for outcome in outcomes
    ]
    return Recovery(torch.tensor(values), tuple(labels), provenance)


def _scaled(result: Result) -> list[float]:
    clean, corrupt = result["clean"], result["corrupt"]
    gap = clean - corrupt if earned(result) else torch.nan
    return [(patched - corrupt) / gap for patched in result["patched"]]


def _remarks(result: Result | OutOfMemory) -> Labels:
    if isinstance(result, OutOfMemory):
        return skipped(result)
    told = {name: value for name, value in result.items() if name != "patched"}
    remark = None if earned(result) else f"not measured: {_gap(result)}"
    return {**told, "found": earned(result), "remark": remark}


def _gap(result: Result) -> str:
    return f"the metric is {result['clean']:.5g} clean and {result['corrupt']:.5g} corrupt"


def _why_nothing(results: Sequence[Result]) -> str:
    examples = "".join(f"\n  {_gap(result)}" for result in results[:3])
    return (
        f"none of {len(results)} pairs earned a result: the clean run must exceed the corrupt one "
        f"by {SMALLEST_GAP} or more, or there is nothing to bring back.{examples}\nTake needles "
        "that the model answers, shorter lengths, a decoy that the answer depends on, or another "
        "metric."
    )
