"""HeadScores as a table to read: the strongest heads, and how the numbers were obtained."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd


def frame(scores: Any, count: int) -> pd.DataFrame:
    """The `count` strongest heads: score, interval, activation frequency, stability."""
    heads = scores.top(count)
    if not heads:
        return pd.DataFrame(columns=["head", "score", "95 % interval", "active", "stable"])
    low, high = scores.intervals()
    active, stable = scores.activation_frequency, scores.stability(len(heads))
    return pd.DataFrame(
        {
            "head": str(head),
            "score": f"{scores[head]:.3f}",
            "95 % interval": "-" if low[head].isnan() else f"{low[head]:.3f} to {high[head]:.3f}",
            "active": f"{active[head]:.0%}",
            "stable": "-" if math.isnan(stable[head]) else f"{stable[head]:.0%}",
        }
        for head in heads
    )


def notes(scores: Any) -> list[str]:
    """What a reader must know before believing the numbers."""
    n_layers, n_heads = scores.values.shape[1:]
    passed, asked = scores.pass_rate().loc["all", ["passed", "asked"]].astype(int)
    origin = scores.provenance
    model = origin.get("model", {})
    said = [
        f"{scores.name} of {n_layers} layers of {n_heads} heads: "
        + ", ".join(f"{count} {bin}" for bin, count in scores.bins().items()),
        f"over the {passed} of {asked} cases the model answered; interval and stable: bootstrap "
        f"over {_drawn(scores)}; active: cases with a score above 0",
    ]
    if skipped := [labels["skipped"] for labels in scores.labels if labels.get("skipped")]:
        said.append(
            f"skipped for want of memory: {len(skipped)} of {len(scores.labels)} cases "
            f"({skipped[0]}); they are asked again in a run with more, or with shorter lengths"
        )
    if {"name", "class", "dtype"} <= set(model):
        said.append(
            f"{model['name']} ({model['class']}, {model['dtype']}), "
            f"{origin.get('scorer')}, {origin.get('answering')}"
        )
    if "until" in origin:
        said.append(_stop(origin["until"]))
    return said


def _stop(until: Mapping[str, Any]) -> str:
    """How many cases it took to know the top heads."""
    asked, share = until["looks"][-1]
    some = f"{until['top'] - until['swaps']} of " if until["swaps"] else ""
    said = (
        f"asked {asked} of {until['of']} cases, with {len(until['looks'])} looks: {some}the top "
        f"{until['top']} are {'' if until['known'] else 'not '}known with confidence "
        f"{until['confidence']:g} "
    )
    if share is None:
        return said + "(too few needles were measured)"
    return said + f"({share:.2%} of draws agree, {until['needed']:.2%} needed)"


def _drawn(scores: Any) -> str:
    """What the bootstrap draws from: needles, or the cases themselves where none are named."""
    _, clusters = scores.measured()
    named = any("needle" in labels for labels in scores.labels)
    return f"{'needles' if named else 'cases'} ({len(set(clusters))})"


def text(scores: Any, count: int) -> str:
    """For a terminal."""
    body = frame(scores, count)
    shown = "no head was measured" if body.empty else body.to_string(index=False)
    return "\n".join([shown, "", *notes(scores)])


def html(scores: Any, count: int) -> str:
    """For a notebook."""
    remarks = "".join(f"<div>{escape(note)}</div>" for note in notes(scores))
    return f"<div>{frame(scores, count).to_html(index=False)}<small>{remarks}</small></div>"
