"""Case: one question to a model, with the place its answer can be copied from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from jaxtyping import Int
from torch import Tensor

Labels = Mapping[str, str | int | float | bool | None]  # where a case sits in its grid
Spans = Mapping[str, tuple[range, ...]]


@dataclass(frozen=True, eq=False)
class Case:
    """A prompt, the right answer to it, and where in the prompt that answer stands.

    Attributes:
        tokens: The whole prompt, as the model reads it.
        answer: What the model should say next.
        needle: Positions in `tokens` from which the answer can be copied. Empty for a case whose
            prompt does not hold it.
        labels: Where the case sits in its grid: length, depth, needle, task.
        spans: Named stretches of the prompt ("haystack", "fact", "question"), known by
            construction.
        rival: A wrong answer to weigh the right one against.
    """

    tokens: Int[Tensor, " pos"]
    answer: Int[Tensor, " answer"]
    needle: range
    labels: Labels = field(default_factory=dict)
    spans: Spans = field(default_factory=dict)
    rival: Int[Tensor, " answer"] | None = None

    def __post_init__(self) -> None:
        named = {"needle": (self.needle,), **self.spans}
        for name, spans in named.items():
            for span in spans:
                if span and not (span.step == 1 and 0 <= span.start < span.stop <= len(self)):
                    raise ValueError(
                        f"the span {name!r} is {span}, but the prompt has {len(self)} tokens: "
                        "give positions inside the prompt"
                    )

    def __len__(self) -> int:
        return len(self.tokens)

    def span(self, name: str) -> tuple[range, ...]:
        """Where the stretch called `name` lies; an error that says what there is, if it is not."""
        if name not in self.spans:
            raise ValueError(
                f"this case has no span {name!r}, only {sorted(self.spans)}: "
                "use a task that marks it, or pass `spans` to Case"
            )
        return self.spans[name]

    @property
    def digest(self) -> str:
        """Stable identity: the same question has the same digest on every machine."""
        rival = None if self.rival is None else self.rival.tolist()
        spans = {name: [(s.start, s.stop) for s in at] for name, at in sorted(self.spans.items())}
        needle = (self.needle.start, self.needle.stop)
        content = [self.tokens.tolist(), self.answer.tolist(), needle, spans, rival]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
