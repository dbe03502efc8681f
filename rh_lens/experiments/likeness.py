"""How alike the sets of active heads of two cases or two steps are."""

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Bool
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.scores.pair_bootstrap import pair_means

Heads = Bool[Tensor, " head"]
BY = ("needle", "depth")
LEVEL = 0.95


class Pair(NamedTuple):
    """A number about two things, and the needles that they are about."""

    value: float | int
    needle: Hashable
    other: Hashable


def jaccard(one: Heads, other: Heads) -> float:
    """Heads in both sets over heads in either; 1 for two empty ones."""
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 1.0


def of_cases(
    sets: Sequence[Heads], labels: Sequence[Labels], needles: Sequence[Hashable]
) -> dict[str, list[Pair]]:
    """The Jaccard index of every two cases with active heads, sorted by what they have in common.

    "two cases, same needle, other depth" and so on, of those labels that both cases have.
    """
    found: dict[str, list[Pair]] = {}
    for a, b in combinations([case for case, own in enumerate(sets) if own.any()], 2):
        known = [label for label in BY if label in labels[a] and label in labels[b]]
        same = {label: labels[a][label] == labels[b][label] for label in known}
        apart = [f"{'same' if same[label] else 'other'} {label}" for label in known]
        pair = Pair(jaccard(sets[a], sets[b]), needles[a], needles[b])
        found.setdefault(", ".join(["two cases", *apart]), []).append(pair)
    return dict(sorted(found.items(), reverse=True))


def table(found: Mapping[str, Sequence[Pair]], *, draws: int, seed: int) -> pd.DataFrame:
    """Mean, bootstrap interval over needles (NaN for fewer than two) and number of each kind."""
    rows = {}
    for kind, pairs in found.items():
        low = high = math.nan
        values = torch.tensor([float(pair.value) for pair in pairs])
        first, second = [pair.needle for pair in pairs], [pair.other for pair in pairs]
        if len({*first, *second}) > 1:
            means = pair_means(values, first, second, draws=draws, seed=seed)
            ends = torch.tensor([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            low, high = torch.nanquantile(means, ends).tolist()
        mean = values.mean().item() if pairs else math.nan
        rows[kind] = {"mean": mean, "low": low, "high": high, "count": len(pairs)}
    return pd.DataFrame.from_dict(rows, orient="index")
