"""Hay: filler cut to a token budget around the facts that it hides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Spans
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.passage import Passage, offsets
from rh_lens.cases.prompt import PromptFormat

SLACK = 0.02  # a prompt may fall short of the length asked for by this share, and never exceed it


@dataclass(frozen=True, eq=False)
class Hay:
    """A haystack and the characters at which its tokens and sentences begin."""

    tokenizer: Any
    text: str
    tokens: np.ndarray
    sentences: np.ndarray

    @classmethod
    def of(cls, tokenizer: Any, haystack: Haystack, length: int) -> "Hay":
        """Enough of the haystack for prompts of `length` tokens."""
        text = haystack.text[: 32 * length]  # prose has far fewer characters to the token
        _, starts, _ = offsets(tokenizer, text)
        return cls(tokenizer, text, starts, np.array(haystack.boundaries(len(text)), dtype=int))

    def cut(self, budget: int) -> int:
        """The character to stop at for about `budget` tokens, between words if that is near."""
        if not 0 < budget <= len(self.tokens):
            raise ValueError(
                f"the haystack has {len(self.tokens)} tokens where the prompt needs {budget}: "
                "give a longer text, or shorter lengths"
            )
        if budget == len(self.tokens):
            return len(self.text)
        for back in range(1 + int(budget * SLACK / 2)):
            stop = int(self.tokens[budget - back])
            if self.text[stop - 1].isspace() or self.text[stop].isspace():
                return stop
        return int(self.tokens[budget])

    def places(self, depths: Sequence[float], stop: int) -> list[int]:
        """Sentence boundaries before character `stop`, a different one near each of the depths.

        For ascending depths, measured in tokens: the nearest boundary after those already taken
        that leaves one to each depth that follows.
        """
        within = self.sentences[self.sentences < stop]
        before = np.searchsorted(self.tokens, within)  # tokens that precede each boundary
        whole = np.searchsorted(self.tokens, stop)
        taken = -1
        chosen = []
        for number, depth in enumerate(depths, start=1):
            free = before[taken + 1 : len(within) - len(depths) + number]
            taken += 1 + int(np.abs(free - depth * whole).argmin())
            chosen.append(int(within[taken]))
        return chosen

    def around(
        self,
        facts: Sequence[tuple[Passage, float]],
        length: int,
        question: str,
        prompt: PromptFormat,
        *,
        stem: str = "",
    ) -> tuple[Int[Tensor, " pos"], Spans]:
        """A prompt of `length` tokens with each fact at its depth, and its named spans.

        Args:
            facts: Passages and their depths, the depths ascending.
        """
        depths = [depth for _, depth in facts]
        told = Passage("")
        for fact, _ in facts:
            told += fact
        frame, _ = prompt.tokenize(self.tokenizer, prompt.fill(told, question, stem))
        budget = length - len(frame)
        if budget <= 0:
            raise ValueError(
                f"a prompt of {length} tokens cannot hold its needle: question and fact alone take "
                f"{len(frame)} ({question!r}); ask for a greater length"
            )
        places = [len(self.text)] * len(facts)
        for attempt in range(16):  # tokens merge where texts meet, so the budget is found by trying
            stop = self.cut(budget)
            if (found := int((self.sentences < stop).sum())) < len(facts):
                ends = (
                    f"only {found} of {len(facts)} sentences end" if found else "no sentence ends"
                )
                raise ValueError(
                    f"a prompt of {length} tokens has room for {stop} characters of haystack, and "
                    f"{ends} there to hide the needle at ({question!r}): "
                    "ask for a greater length, or give text with sentences"
                )
            nearest = self.places(depths, stop)
            # two places may take turns
            places = nearest if attempt < 8 else list(map(min, places, nearest))
            document = self._with(facts, places, stop)
            tokens, spans = prompt.tokenize(self.tokenizer, prompt.fill(document, question, stem))
            if length * (1 - SLACK) <= len(tokens) <= length:
                return tokens, spans
            budget += length - len(tokens)
        raise ValueError(
            f"no prompt of {length} tokens could be cut, the nearest has {len(tokens)}: "
            "ask for another length"
        )

    def _with(
        self, facts: Sequence[tuple[Passage, float]], places: Sequence[int], stop: int
    ) -> Passage:
        """The text up to `stop`, a fact put in at each place, spaced like the sentence before.

        A fact that its answer opens ends a line instead of beginning one, so that the answer has
        the tokens that it has after "Answer:".
        """
        document, gap, begin = Passage(""), "", 0
        for (fact, _), place in zip(facts, places, strict=True):
            before = self.text[begin:place]
            space = before[len(before.rstrip()) :]
            if "\n" in space and ("answer", 0) in ((name, at) for name, at, _ in fact.stretches):
                before = before.rstrip() + " "
            document += Passage(gap + before) + fact
            gap, begin = space, place
        return document + Passage(gap + self.text[begin:stop].rstrip())
