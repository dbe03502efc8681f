"""Needle in a haystack: hide needles at chosen depths of prompts of chosen lengths."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.needle import Needle
from rh_lens.cases.passage import Passage, check_spelling, offsets
from rh_lens.cases.prompt import Prompt, PromptFormat

SLACK = 0.02  # a prompt may fall short of the length asked for by this share, and never exceed it


def niah(
    tokenizer: Any,
    needles: Sequence[Needle],
    haystack: Haystack,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    prompt: PromptFormat = Prompt(),
) -> list[Case]:
    """Every needle, hidden at every depth of a prompt of every length.

    The haystack is read from its beginning and cut to fit. The needle is inserted between two
    sentences, the nearest to the depth asked for; at least one sentence (or, at the end, what the
    length left of one) stands on either side, so a needle touches neither BOS nor question.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below.
        depths: Share of the haystack that comes before the needle, from 0 to 1. What was reached is
            the label `realised_depth`.

    Returns:
        Cases with the spans "haystack", "fact" and "question", and the labels task, length, depth,
        realised_depth, tokens, needle (its question) and kind. The case's `needle` is where the
        answer stands in the fact.

    Raises:
        ValueError: A length that cannot hold its needle, a haystack too short for a length, or two
            settings that give the same prompt.
    """
    lengths, depths = list(lengths), [float(depth) for depth in depths]
    if not (needles and lengths and depths):
        raise ValueError(
            f"got {len(needles)} needles, {len(lengths)} lengths and {len(depths)} depths: "
            "give at least one of each"
        )
    if wrong := [depth for depth in depths if not 0 <= depth <= 1]:
        raise ValueError(f"depths {wrong} are no shares of the haystack: give numbers from 0 to 1")
    hay = Hay.of(tokenizer, haystack, max(lengths))
    cases = [
        hide(tokenizer, needle, hay, length, depth, prompt)
        for needle in needles
        for length in lengths
        for depth in depths
    ]
    refuse_duplicates(cases)
    return cases


@dataclass(frozen=True, eq=False)
class Hay:
    """A haystack and the characters at which its tokens and sentences begin."""

    text: str
    tokens: np.ndarray
    sentences: np.ndarray

    @classmethod
    def of(cls, tokenizer: Any, haystack: Haystack, length: int) -> "Hay":
        text = haystack.text[: 32 * length]  # prose has far fewer characters to the token
        _, starts, _ = offsets(tokenizer, text)
        return cls(text, starts, np.array(haystack.boundaries(len(text))))

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

    def place(self, depth: float, stop: int) -> int:
        """The sentence boundary nearest to `depth`, measured in tokens, before character `stop`."""
        within = self.sentences[self.sentences < stop]
        before = np.searchsorted(self.tokens, within)  # tokens that precede each boundary
        goal = depth * np.searchsorted(self.tokens, stop)
        return int(within[np.abs(before - goal).argmin()])


def hide(
    tokenizer: Any, needle: Needle, hay: Hay, length: int, depth: float, prompt: PromptFormat
) -> Case:
    """One needle at one depth of one prompt."""
    before, _, after = needle.fact.partition(needle.answer)
    fact = (Passage(before) + Passage(needle.answer).named("answer") + Passage(after)).named("fact")

    def bare(document: Passage) -> Passage:
        return prompt.fill(document, needle.question, needle.stem)

    frame, _ = prompt.tokenize(tokenizer, bare(fact))
    budget = length - len(frame)
    if budget <= 0:
        raise ValueError(
            f"a prompt of {length} tokens cannot hold its needle: question and fact alone take "
            f"{len(frame)} ({needle.question!r}); ask for a greater length"
        )
    place = len(hay.text)
    for attempt in range(16):  # tokens merge where texts meet, so the budget is found by trying
        stop = hay.cut(budget)
        if not (hay.sentences < stop).any():
            raise ValueError(
                f"a prompt of {length} tokens has room for {stop} characters of haystack, and no "
                f"sentence ends there to hide the needle at ({needle.question!r}): "
                "ask for a greater length, or give text with sentences"
            )
        nearest = hay.place(depth, stop)
        place = nearest if attempt < 8 else min(place, nearest)  # two places may take turns
        gap = _trailing_space(hay.text[:place])
        document = Passage(hay.text[:place]) + fact + Passage(gap + hay.text[place:stop].rstrip())
        tokens, spans = prompt.tokenize(tokenizer, bare(document))
        if length * (1 - SLACK) <= len(tokens) <= length:
            break
        budget += length - len(tokens)
    else:
        raise ValueError(
            f"no prompt of {length} tokens could be cut, the nearest has {len(tokens)}: "
            "ask for another length"
        )
    (whole,), (told,), (answer,), (asked,) = (
        spans[name] for name in ("haystack", "fact", "answer", "question")
    )
    for span, text in ((told, needle.fact), (answer, needle.answer), (asked, needle.question)):
        check_spelling(tokenizer, tokens[span.start : span.stop], text)
    return Case(
        tokens=tokens,
        answer=tokens[answer.start : answer.stop],
        needle=answer,
        spans={"haystack": (whole,), "fact": (told,), "question": (asked,)},
        labels={
            "task": "niah",
            "length": length,
            "depth": depth,
            "realised_depth": round((told.start - whole.start) / (len(whole) - len(told)), 4),
            "tokens": len(tokens),
            "needle": needle.question,
            "kind": needle.kind,
        },
    )


def refuse_duplicates(cases: Sequence[Case]) -> None:
    """Two identical prompts count one observation twice."""
    settings: dict[tuple[int, ...], list[Labels]] = defaultdict(list)
    for case in cases:
        settings[tuple(case.tokens.tolist())].append(case.labels)
    same = [labels for labels in settings.values() if len(labels) > 1]
    if same:
        named = "; ".join(
            " = ".join(f"(length {at['length']}, depth {at['depth']})" for at in labels)
            + f" of {labels[0]['needle']!r}"
            for labels in same[:5]
        )
        raise ValueError(
            f"{len(same)} prompts occur more than once: {named}. "
            "Depths closer than a sentence give the same prompt: ask for fewer depths, greater "
            "lengths or different needles"
        )


def _trailing_space(text: str) -> str:
    return text[len(text.rstrip()) :]
