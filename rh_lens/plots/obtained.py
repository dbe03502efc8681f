"""How the numbers of a plot were obtained, in words."""

from collections.abc import Mapping
from typing import Any

from jaxtyping import Float
from torch import Tensor

from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.span_scores import SpanScores


def obtained(scores: HeadScores | SpanScores) -> str:
    """For a title: of which model, and over how many cases."""
    model = model_of(scores.provenance)
    return f"{model}\n{cases_of(scores)}" if model else cases_of(scores)


def cases_of(scores: HeadScores | SpanScores) -> str:
    """Over how many cases the mean was taken."""
    if [set(labels) for labels in scores.labels] == [{"found"}]:  # a list, or read off weights
        return "one value for each head"
    if isinstance(scores, SpanScores):
        passed, asked = int((~scores.values.isnan().all(dim=(1, 2))).sum()), len(scores.labels)
    else:
        rate = scores.pass_rate()
        passed, asked = int(rate["passed"].sum()), int(rate["asked"].sum())
    return f"mean over {passed} of {asked} cases"


def described(scores: HeadScores | SpanScores) -> str:
    """For those who cannot see the picture: all of it in one line."""
    origin = scores.provenance
    known = [model_of(origin), origin.get("scorer"), origin.get("answering"), cases_of(scores)]
    return f"{scores.name}: {', '.join(str(each) for each in known if each)}"


def model_of(origin: Mapping[str, Any]) -> str:
    """The model, or the file that the scores were read from; empty if that is not known."""
    return str(origin.get("model", {}).get("name") or origin.get("source") or "")


def intervals(scores: HeadScores, level: float) -> Float[Tensor, "2 layer head"]:
    """The ends of the confidence intervals, if there can be any."""
    ends = scores.intervals(level=level)
    if ends.isnan().all():
        raise ValueError(
            "an interval needs cases of two needles or more: score more, or leave `level` out"
        )
    return ends


def nothing_measured(scores: HeadScores) -> ValueError:
    """What to raise when there is nothing to draw."""
    return ValueError(
        f"no head has a {scores.name}, so there is nothing to draw: "
        "score cases that hold a needle and that the model answers"
    )
