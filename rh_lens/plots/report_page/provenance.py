"""How scores were obtained, as rows to read."""

from collections.abc import Mapping
from typing import Any

from rh_lens.plots.html import table
from rh_lens.scores.head_scores import HeadScores

FACETS = ("task", "kind", "needle", "length", "depth")
LISTED = 8


def provenance(scores: HeadScores) -> str:
    """Tables: the measurement, the model, the cases, the versions, in words."""
    origin = dict(scores.provenance)
    model, versions = origin.pop("model", {}), origin.pop("versions", {})
    measured = {"score": scores.name, **origin}
    return "".join(
        f'<div class="wide">{table(caption, [], rows)}</div>'
        for caption, rows in (
            ("Measurement", _rows(measured)),
            ("Model", _rows(model)),
            ("Cases", _cases(scores)),
            ("Versions", _rows(versions)),
        )
        if rows
    )


def _rows(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _words(name, value)) for name, value in known.items()]


def _words(name: str, value: Any) -> str:
    if value is None:
        return "none: nothing was drawn by lot" if name == "seed" else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(str(key), each)}" for key, each in value.items())
    return str(value)


def _cases(scores: HeadScores) -> list[tuple[str, str]]:
    """How many, and what they differ in."""
    rows = [("asked", str(len(scores.labels)))]
    for facet in FACETS:
        values = list(dict.fromkeys(labels[facet] for labels in scores.labels if facet in labels))
        if values:
            shown = ", ".join(map(str, values[:LISTED]))
            more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
            rows.append((facet, f"{len(values)}: {shown}{more}"))
    return rows
