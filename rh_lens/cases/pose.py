"""Pose: a tokenized prompt as a case whose answer stands in it."""

from typing import Any

from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case, Labels, Spans
from rh_lens.cases.passage import check_spelling


def pose(
    tokenizer: Any, tokens: Int[Tensor, " pos"], spans: Spans, answer: str, labels: Labels
) -> Case:
    """A case that asks for what stands in the span "answer", which reads `answer`.

    The case keeps the other spans, and has one label more, `tokens`: how many there are.
    """
    (needle,) = spans["answer"]
    said = tokens[needle.start : needle.stop]
    check_spelling(tokenizer, said, answer)
    kept = {name: at for name, at in spans.items() if name not in ("answer", "stem")}
    return Case(tokens, said, needle, {**labels, "tokens": len(tokens)}, kept)
