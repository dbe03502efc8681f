"""Scorer: the base class of everything that judges a head by its attention."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.hooks import Model
from rh_lens.model.replay import Sight, replay
from rh_lens.model.reply import Reply

Weight = Literal["attention", "value norm", "write"]
Remarks = Mapping[str, Int[Tensor, ""]]


class Scorer(ABC):
    """Subclasses say how one layer's heads score on one reply; the base class does the rest."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What is measured, in words."""

    @property
    def weight(self) -> Weight:
        """What `score` is given for each look. "attention": the pattern itself. "value norm":
        attention times the length of the value vector looked at, each row scaled to sum to 1.
        "write": attention times what that value would add to the logit of the token said."""
        return "attention"

    def rows(self, reply: Reply) -> range:
        """The positions whose attention `score` is given: by default those that said the reply."""
        return saying(reply)

    @abstractmethod
    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        """One layer's scores. Row `step` of `pattern` is where each head looked from `rows[step]`;
        by default, while emitting `reply.tokens[step]`."""

    def remarks(self, pattern: Float[Tensor, "head step pos"], reply: Reply) -> Remarks:
        """Counts worth knowing about how one layer's scores came about. They are summed."""
        return {}

    def __call__(self, model: Model, reply: Reply) -> Float[Tensor, "layer head"]:
        return judge(model, reply, [self])[0].scores


class Verdict(NamedTuple):
    """What one scorer found on one reply."""

    scores: Float[Tensor, "layer head"]
    remarks: dict[str, int]


def saying(reply: Reply) -> range:
    """The positions that emitted the reply: the prompt's last token, and all said but the last."""
    start = len(reply.case) - 1
    return range(start, start + len(reply.tokens))


def judge(model: Model, reply: Reply, scorers: Sequence[Scorer]) -> list[Verdict]:
    """The verdicts of several scorers, from one replay over all the rows they ask for."""
    wanted = [scorer.rows(reply) for scorer in scorers]
    rows = range(min(each.start for each in wanted), max(each.stop for each in wanted))
    scores: list[list[Tensor]] = [[] for _ in scorers]  # by scorer and layer
    remarks: list[list[Remarks]] = [[] for _ in scorers]

    def watch(sight: Sight) -> None:
        weighted = {weight: weigh(sight, weight) for weight in {s.weight for s in scorers}}
        for place, (scorer, own) in enumerate(zip(scorers, wanted, strict=True)):
            seen = weighted[scorer.weight][:, own.start - rows.start : own.stop - rows.start]
            seen = seen[..., : own.stop]  # later keys belong to later rows
            scores[place].append(scorer.score(seen, reply))
            remarks[place].append(scorer.remarks(seen, reply))

    replay(model, reply, rows, watch)
    return [
        Verdict(
            _together(own).float(),
            {name: int(_together([each[name] for each in told]).sum()) for name in told[0]},
        )
        for own, told in zip(scores, remarks, strict=True)
    ]


def _together(by_layer: Sequence[Tensor]) -> Tensor:
    """What layers found, wherever they are, on the CPU: only now does it wait for a GPU."""
    first = by_layer[0].device
    return torch.stack([each.to(first, non_blocking=True) for each in by_layer]).cpu()


def weigh(sight: Sight, weight: Weight) -> Float[Tensor, "head row pos"]:
    """The looks of one layer, weighed as a scorer asks."""
    match weight:
        case "attention":
            return sight.pattern
        case "value norm":
            given = sight.pattern * sight.value_norms()[:, None]
            return given / given.sum(dim=-1, keepdim=True)
        case "write":
            return sight.pattern * sight.writes()
