"""A Comparison as a table to read: every pair in a line, and the heads at the top."""

from html import escape
from itertools import combinations
from typing import Any

import pandas as pd


def frame(comparison: Any, count: int) -> pd.DataFrame:
    """One row per pair: both rank measures, and the overlap of three sizes of top with chance."""
    rank, weighted = comparison.rank_correlation(), comparison.rank_biased_overlap()
    heads = comparison.heads_used()
    n_heads = len(comparison.frame)
    counts = [k for k in (count, 2 * count, 5 * count) if k < n_heads] or [n_heads]
    overlap = comparison.overlap(*counts)
    return pd.DataFrame(
        {
            "scores": f"{a}, {b}",
            "heads": heads.loc[a, b],
            "Spearman": _number(rank.loc[a, b]),
            "RBO": _number(weighted.loc[a, b]),
            **{f"top {k}": _overlap(overlap.loc[(a, b, k)]) for k in counts},
        }
        for a, b in combinations(comparison.scores, 2)
    )


def notes(comparison: Any, count: int) -> list[str]:
    """What the columns mean, and which heads stand at the top of all, or of one."""
    said = [
        f"{name}: {each.name}" + _of_model(each) for name, each in comparison.scores.items()
    ] + [
        f"{name} scores key-value heads: each stands here for the {each} query heads it serves"
        for name, each in comparison.by_group.items()
    ]
    said.append(f"in every top {count}: {_heads(comparison.shared(count))}")
    for name in comparison.scores:
        said.append(f"in the top {count} of {name} only: {_heads(comparison.only(name, count))}")
    said.append(
        "top k: heads in both, of the k to be expected by chance in brackets; heads that tie for "
        "the last places share them. RBO: rank-biased overlap at p = 0.9"
    )
    return said


def text(comparison: Any, count: int) -> str:
    """For a terminal."""
    return "\n".join(
        [frame(comparison, count).to_string(index=False), "", *notes(comparison, count)]
    )


def html(comparison: Any, count: int) -> str:
    """For a notebook."""
    remarks = "".join(f"<div>{escape(note)}</div>" for note in notes(comparison, count))
    return f"<div>{frame(comparison, count).to_html(index=False)}<small>{remarks}</small></div>"


def _overlap(row: pd.Series) -> str:
    return f"{row['overlap']:.3g} ({row['chance']:.2g})"


def _number(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"


def _of_model(scores: Any) -> str:
    origin = scores.provenance.get("model", {}).get("name") or scores.provenance.get("source")
    return f" of {origin}" if origin else ""


def _heads(heads: list[Any]) -> str:
    return " ".join(map(str, heads)) or "none"
