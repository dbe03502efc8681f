"""Scorer: the base class of everything that judges a head by its attention."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.hooks import Model
from rh_lens.model.replay import replay
from rh_lens.model.reply import Reply


class Scorer(ABC):
    """Subclasses say how one layer's heads score on one reply; the base class does the rest."""

    name: ClassVar[str]

    def rows(self, reply: Reply) -> range:
        """The positions whose attention `score` is given: by default those that said the reply."""
        return saying(reply)

    @abstractmethod
    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        """One layer's scores. Row `step` of `pattern` is where each head looked from `rows[step]`;
        by default, while emitting `reply.tokens[step]`."""

    def remarks(self, pattern: Float[Tensor, "head step pos"], reply: Reply) -> Mapping[str, int]:
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
    verdicts = [
        Verdict(torch.full((model.cfg.n_layers, model.cfg.n_heads), torch.nan), {}) for _ in scorers
    ]

    def watch(layer: int, pattern: Float[Tensor, "head row pos"]) -> None:
        for scorer, own, (scores, remarks) in zip(scorers, wanted, verdicts, strict=True):
            seen = pattern[:, own.start - rows.start : own.stop - rows.start]
            seen = seen[..., : own.stop]  # later keys belong to later rows
            scores[layer] = scorer.score(seen, reply).cpu()
            for remark, count in scorer.remarks(seen, reply).items():
                remarks[remark] = remarks.get(remark, 0) + count

    replay(model, reply, rows, watch)
    return verdicts
