"""Report: scores, how sure they are, and how they were obtained, as one page."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from rh_lens.cases.case import Case
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.plots.explorer.explore import explore
from rh_lens.plots.html import file
from rh_lens.plots.obtained import model_of
from rh_lens.plots.report_page import sections
from rh_lens.plots.report_page.doubts import counted, doubts
from rh_lens.plots.report_page.provenance import provenance
from rh_lens.scores.head_scores import HeadScores

ASK_THE_MODEL = (
    '<p class="note">The explorer asks the model, which this report was written without. From a '
    "shell: <code>rh-lens report FILE -o report.html --model NAME</code>; in Python: "
    "<code>rh.report(scores, path, model=model, cases=cases)</code>.</p>"
)
UNMEASURED = '<p class="note">No head was measured.</p>'


def report(
    scores: HeadScores,
    path: str | Path,
    *,
    model: Model | None = None,
    cases: Sequence[Case] | None = None,
) -> None:
    """Write all that is known about scores as one page: the strongest heads with intervals, how
    often the model answered, how many needles it takes, and how the numbers were obtained.

    The page opens from disk, needs no network and reaches none. What weakens the scores, such as
    few cases, stands on top. Needs `pip install 'rh_lens[plot]'`.

    Args:
        model: The one that was scored, for the explorer: where heads look as the answer is said.
        cases: Some of those it was scored on.
    """
    if (model is None) != (cases is None):
        raise ValueError("the explorer needs both a model and cases: give both, or neither")
    measured = not bool(scores.mean.isnan().all())
    explorer = ASK_THE_MODEL
    if model is not None and cases is not None:
        _check_same(scores, model)
        explorer = explore(model, cases, scores).html() if measured else UNMEASURED
    parts = {
        "Strongest heads": sections.heads(scores) if measured else UNMEASURED,
        "Cases answered": sections.answered(scores),
        "How many needles it takes": sections.stability(scores) if measured else UNMEASURED,
        "Explorer": explorer,
        "Cases not answered": sections.failures(scores),
        "How this was obtained": provenance(scores),
    }
    name = model_of(scores.provenance) or "a model"
    title = f"Heads of {name} by {scores.name}"
    links = "".join(f'<li><a href="#{_anchor(part)}">{part}</a></li>' for part in parts)
    body = "".join(
        f'<section id="{_anchor(part)}" aria-labelledby="{_anchor(part)}-title">'
        f'<h2 id="{_anchor(part)}-title">{part}</h2>{content}</section>\n'
        for part, content in parts.items()
    )
    style = (files("rh_lens.plots.report_page") / "report.css").read_text(encoding="utf-8")
    text = file(
        title,
        style,
        f'<main><h1>{escape(title)}</h1><p class="lead">{escape(_lead(scores))}</p>'
        f'{_warning(scores)}<nav aria-label="sections"><ul>{links}</ul></nav>{body}</main>',
    )
    Path(path).write_text(text, encoding="utf-8")


def _lead(scores: HeadScores) -> str:
    layers, heads = scores.mean.shape
    passed, asked = counted(scores)
    top = ", ".join(f"{head} ({scores[head]:.2f})" for head in scores.top(3))
    shape = f"{layers} layers of {heads} heads. The model answered {passed} of {asked} cases."
    return f"{shape} Strongest: {top}." if top else shape


def _warning(scores: HeadScores) -> str:
    told = "".join(f"<li>{escape(doubt)}</li>" for doubt in doubts(scores))
    if not told:
        return ""
    return (
        '<aside class="doubts" aria-labelledby="doubts-title"><h2 id="doubts-title">'
        f"Before you believe these numbers</h2><ul>{told}</ul></aside>"
    )


def _check_same(scores: HeadScores, model: Model) -> None:
    """Refuse to explore another model than the one that was scored."""
    scored, given = scores.provenance.get("model", {}), identity(model)
    if "weights" in scored and scored["weights"] != given["weights"]:
        raise ValueError(
            f"these are scores of {scored.get('name')!r} (weights {scored['weights']}), and the "
            f"model is {given['name']!r} (weights {given['weights']}): give the one that was scored"
        )


def _anchor(part: str) -> str:
    return part.lower().replace(" ", "-")
