"""The sections of a report on scores, each as HTML."""

from collections.abc import Callable
from functools import partial
from html import escape

import pandas as pd
from matplotlib.axes import Axes

from rh_lens.experiments.top_overlap_curve import top_overlap_curve
from rh_lens.plots.heatmap import heatmap
from rh_lens.plots.html import table
from rh_lens.plots.needle_grid import needle_grid
from rh_lens.plots.report_page.doubts import counted
from rh_lens.plots.report_page.figure import figure
from rh_lens.plots.sorted_scores import sorted_scores
from rh_lens.plots.top_overlap import top_overlap
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.table import frame

TOP = 20  # heads listed
SAID = 12  # wrong replies listed
FEWEST, MOST = 3, 20  # heads whose place among the strongest is asked for
BINS = {  # of HeadScores.bins
    "=0": "at 0 or less",
    "(0, 0.1)": "below 0.1",
    "[0.1, 0.5)": "from 0.1 to 0.5",
    ">=0.5": "at 0.5 or more",
}


def heads(scores: HeadScores) -> str:
    """The strongest heads, and every head as a picture."""
    listed = frame(scores, TOP)
    told = table(
        f"The {len(listed)} strongest heads by {scores.name}. Interval and stable: a bootstrap "
        "over needles; active: cases with a score above 0; stable: draws in which a head is among "
        f"the {len(listed)} strongest.",
        list(map(str, listed)),
        listed.itertuples(index=False),
    )
    bins = ", ".join(f"{count} {BINS[str(name)]}" for name, count in scores.bins().items())
    drawn = figure(partial(heatmap, scores)) + figure(partial(sorted_scores, scores))
    return (
        f'<div class="beside"><div class="wide">{told}</div><div>{drawn}'
        f"<p>Heads by score: {bins}.</p></div></div>"
    )


def answered(scores: HeadScores) -> str:
    """How often the model answered, by length and depth where the cases have them."""
    passed, asked = counted(scores)
    told = f"<p>The model answered <b>{passed} of {asked}</b> cases ({passed / asked:.0%}).</p>"
    if skipped := [labels["skipped"] for labels in scores.labels if labels.get("skipped")]:
        why = escape(str(skipped[0]))
        told += f"<p>{len(skipped)} more could not be asked for want of memory ({why}).</p>"
    labels = pd.DataFrame(list(scores.labels))
    axes = [axis for axis in ("length", "depth") if axis in labels and labels[axis].notna().all()]
    if not axes:
        return told + '<p class="note">The cases have neither length nor depth.</p>'
    rates = scores.pass_rate(*axes).reset_index()
    rows = [
        (*at, f"{int(passed)} of {int(asked)}", f"{rate:.0%}")
        for *at, passed, asked, rate in rates.itertuples(index=False)
    ]
    listed = f'<div class="wide">{table("Cases answered", [*axes, "answered", "rate"], rows)}</div>'
    if len(axes) == 2:
        cells = rates.rename(columns={"rate": "value"})
        listed += figure(lambda: needle_grid(cells)[0])
    return f'{told}<div class="beside">{listed}</div>'


def stability(scores: HeadScores) -> str:
    """How many needles it takes to know the strongest heads."""
    strong = min(max(len(scores.above(0.1)), FEWEST), MOST)
    known = min(strong, len(scores.ranking()) - 1)
    needles = len(set(scores.measured()[1]))
    if needles < 2 or known < 1:
        told = f"It takes two needles that are answered to tell, and there are {needles}."
        return f'<p class="note">{told}</p>'
    curve = top_overlap_curve(scores, count=known)
    enough = curve.enough()
    told = (
        f"Half of the needles are too few to know the {known} strongest heads."
        if enough is None
        else f"From {enough} needles on, two runs with different needles share nine tenths of "
        f"their {known} strongest heads."
    )
    drawn: Callable[[], Axes] = partial(top_overlap, curve)
    return f"<p>{told}</p>" + figure(drawn)


def failures(scores: HeadScores) -> str:
    """What the model said to cases that it failed."""
    failed = [labels for labels in scores.labels if labels.get("found") is False]
    if not failed:
        return '<p class="note">None of the cases asked.</p>'
    axes = [axis for axis in ("needle", "length", "depth") if axis in failed[0]]
    rows = [
        (number, *(labels.get(axis, "") for axis in axes), str(labels.get("said", ""))[:160])
        for number, labels in enumerate(failed[:SAID], start=1)
    ]
    caption = (
        f"The first {len(rows)} of {len(failed)}" if len(rows) < len(failed) else "All of them"
    )
    return f'<div class="wide">{table(caption, ["", *axes, "it said"], rows)}</div>'
