"""PathEffects as a table to read: the strongest senders, and how the numbers were obtained."""

from html import escape
from typing import Any

import pandas as pd


def frame(effects: Any, count: int) -> pd.DataFrame:
    """The `count` strongest components: effect, share of what all paths do, interval."""
    whole = effects.gap.nanmean().item()
    rows = []
    for sender in effects.top(count):
        low, high = effects.interval(sender)
        rows.append(
            {
                "sender": str(sender),
                "effect": f"{effects[sender]:.3f}",
                "share": f"{effects[sender] / whole:.0%}" if whole else "-",
                "95 % interval": "-" if low != low else f"{low:.3f} to {high:.3f}",
            }
        )
    return pd.DataFrame(rows, columns=["sender", "effect", "share", "95 % interval"])


def notes(effects: Any) -> list[str]:
    """What a reader must know before believing the numbers."""
    origin = effects.provenance
    model = origin.get("model", {})
    said = [
        f"{effects.heads.name} of {len(effects.senders)} components over {len(effects.labels)} "
        f"pairs; all paths together: {effects.gap.nanmean().item():.3f}; interval: bootstrap over "
        "needles",
    ]
    if {"name", "class", "dtype"} <= set(model):
        said.append(f"{model['name']} ({model['class']}, {model['dtype']}), {origin.get('scorer')}")
    return said


def text(effects: Any, count: int) -> str:
    """For a terminal."""
    body = frame(effects, count)
    shown = "no component was measured" if body.empty else body.to_string(index=False)
    return "\n".join([shown, "", *notes(effects)])


def html(effects: Any, count: int) -> str:
    """For a notebook."""
    remarks = "".join(f"<div>{escape(note)}</div>" for note in notes(effects))
    return f"<div>{frame(effects, count).to_html(index=False)}<small>{remarks}</small></div>"
