"""Session: a model and some cases, ready for the questions that a page asks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import torch
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.ablation_effect import Ablation
from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.model.hooks import Model
from rh_lens.model.reply import Answering, Reply
from rh_lens.model.texts import texts
from rh_lens.plots.explorer.looks import Look, looks, on_needle
from rh_lens.plots.explorer.without import Outcome, asked, control

Answer = dict[str, Any]
Question = Sequence[Any]


def key(question: Question) -> str:
    """A question as the page spells it."""
    return json.dumps(question, separators=(",", ":"))


@dataclass(frozen=True, eq=False)
class Session:
    """Answers the questions of the explorer's page as plain numbers and texts."""

    model: Model
    cases: tuple[Case, ...]
    answering: Answering
    ablations: Mapping[str, Ablation]
    seed: int

    def answer(self, question: Question) -> Answer:
        """The answer to one question: what a case holds, where a head looked, what is said without
        some heads."""
        match question:
            case ["case", index]:
                return self.case(index)
            case ["look", index, head]:
                return self.looks(index, [Head(*head)])[0]
            case ["without", index, ablation, heads]:
                return self.without(index, ablation, [Head(*head) for head in heads])
        raise ValueError(
            f"got the question {question!r}: a page asks for a case, a look, or the answer without "
            "some heads"
        )

    def case(self, index: int) -> Answer:
        """The text of a case and of the reply, and every head's attention on the needle."""
        reply = self._reply(index)
        case = reply.case
        facts = [span for span in case.spans.get("fact", ()) if span]
        return {
            "tokens": texts(self.model.tokenizer, case.tokens),
            "needle": [case.needle.start, case.needle.stop],
            "facts": [[span.start, span.stop] for span in facts],
            "said": self._said(case, reply.tokens),
            "right": self._said(case, case.answer),
            "found": reply.found,
            "onNeedle": [
                [_thousandths(head) for head in layer]
                for layer in on_needle(self.model, reply).tolist()
            ],
        }

    def looks(self, index: int, heads: Sequence[Head]) -> list[Answer]:
        """Where each of some heads looked, from one replay."""
        found = looks(self.model, self._reply(index), heads)
        return [_written(found[head]) for head in heads]

    def without(self, index: int, ablation: int, heads: Sequence[Head]) -> Answer:
        """What the model says as it is, without some heads, and without as many others."""
        before = self._reply(index)
        change = list(self.ablations.values())[ablation]
        others = control(self.model, list(heads), self.seed)
        changes: dict[str, Intervention | None] = {"before": None, "after": change(tuple(heads))}
        if others:
            changes["control"] = change(tuple(others))
        told = {
            name: self._told(asked(self.model, before, self.answering, each))
            for name, each in changes.items()
        }
        return {**told, "others": [list(head) for head in others]}

    def _told(self, outcome: Outcome) -> Answer:
        reply = outcome.reply
        return {
            "said": self._said(reply.case, reply.tokens),
            "found": reply.found,
            "sure": [round(chance, 4) for chance in outcome.sure],
            "idle": outcome.idle,
        }

    def _said(self, case: Case, tokens: Int[Tensor, " token"]) -> list[str]:
        """The texts of tokens that come after the prompt."""
        last = case.tokens[-1:].cpu()
        return texts(self.model.tokenizer, torch.cat([last, tokens.cpu().to(last)]))[1:]

    def _reply(self, index: int) -> Reply:
        return cast(Reply, self._replies(index))

    @cached_property
    def _replies(self) -> Any:
        """The latest reply is kept: its prompt need not be read again for each click."""
        return lru_cache(maxsize=1)(lambda index: self.answering(self.model, self.cases[index]))


def _written(look: Look) -> Answer:
    return {
        "rows": [[list(row), _thousandths(list(row.values()))] for row in look.rows],
        "strips": [_sparse(_thousandths(step)) for step in look.strips.tolist()],
        "wrote": [[round(x, 2) for x in step] for step in look.wrote.tolist()],
    }


def _sparse(numbers: list[int]) -> list[list[int]]:
    """Where a list is not 0, and what it is there."""
    at = [i for i, x in enumerate(numbers) if x]
    return [at, [numbers[i] for i in at]]


def _thousandths(shares: list[float]) -> list[int]:
    return [round(1000 * share) for share in shares]
