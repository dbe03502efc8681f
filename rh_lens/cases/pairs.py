"""Pairs: the same prompts with a needle and with a decoy in its place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case, Spans
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.needle import Needle
from rh_lens.cases.niah import check_grid, hide, refuse_duplicates
from rh_lens.cases.pair import Pair
from rh_lens.cases.passage import Passage, check_spelling, stating
from rh_lens.cases.prompt import Prompt, PromptFormat


def pairs(
    tokenizer: Any,
    needle: Needle,
    decoy: Needle,
    haystack: Haystack,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    prompt: PromptFormat = Prompt(),
) -> list[Pair]:
    """A needle hidden at every depth of a prompt of every length, and a decoy in its very place.

    Both prompts of a pair ask the needle's question, and the right answer to both is the needle's.
    They align token for token, and differ in the fact alone. `decoy_answer` and `decoy_cue` make
    decoys that align.

    Args:
        lengths: As in `niah`.
        depths: As in `niah`.

    Returns:
        Pairs whose cases have the spans and labels of `niah`, the span "cue" (the fact outside its
        answer) and the label decoy (its fact). A case's `needle` is where the answer stands, empty
        where the decoy has another; that one is then the `rival` of both.

    Raises:
        ValueError: The decoy takes more or fewer tokens than the needle.
    """
    lengths, depths = list(lengths), [float(depth) for depth in depths]
    check_grid(1, lengths, depths)
    if needle.fact == decoy.fact:
        raise ValueError(f"needle and decoy both state {needle.fact!r}: give another decoy")
    hay = Hay.of(tokenizer, haystack, max(lengths))
    found = [
        _pair(hay, needle, decoy, length, depth, prompt) for length in lengths for depth in depths
    ]
    refuse_duplicates([pair.clean for pair in found])
    return found


def _pair(
    hay: Hay, needle: Needle, decoy: Needle, length: int, depth: float, prompt: PromptFormat
) -> Pair:
    kept = _Kept(prompt, [])
    clean = hide(hay, needle, length, depth, kept)
    whole = kept.filled[-1]  # the prompt that fitted
    ((start, stop),) = ((a, b) for name, a, b in whole.stretches if name == "fact")
    told = stating(decoy.fact, decoy.answer)
    tokens, spans = kept.tokenize(
        hay.tokenizer, Passage(whole.text[:start]) + told + Passage(whole.text[stop:])
    )
    (fact,), (said,) = spans["fact"], spans["answer"]
    _check_alignment(clean, tokens, fact, needle, decoy)
    answer = tokens[said.start : said.stop]
    check_spelling(hay.tokenizer, tokens[fact.start : fact.stop], decoy.fact)
    check_spelling(hay.tokenizer, answer, decoy.answer)
    same = torch.equal(answer, clean.answer)
    labels = {**clean.labels, "decoy": decoy.fact}
    clean = replace(clean, labels=labels, rival=None if same else answer)
    corrupt = replace(clean, tokens=tokens, needle=said if same else range(0))
    return Pair(
        replace(clean, spans=_with_cue(clean, clean.needle)),
        replace(corrupt, spans=_with_cue(clean, said)),
    )


@dataclass(frozen=True)
class _Kept(PromptFormat):
    """A format that keeps what it filled, so that the fact can be exchanged where it stands."""

    of: PromptFormat
    filled: list[Passage]

    def fill(self, haystack: Passage, question: str, stem: str) -> Passage:
        self.filled.append(self.of.fill(haystack, question, stem))
        return self.filled[-1]

    def tokenize(self, tokenizer: Any, passage: Passage) -> tuple[Int[Tensor, " pos"], Spans]:
        return self.of.tokenize(tokenizer, passage)


def _check_alignment(
    clean: Case, tokens: Int[Tensor, " pos"], fact: range, needle: Needle, decoy: Needle
) -> None:
    (own,) = clean.span("fact")
    if len(own) != len(fact):
        raise ValueError(
            f"a pair must align token for token: the needle {needle.fact!r} takes {len(own)} "
            f"tokens and the decoy {decoy.fact!r} {len(fact)}; reword one, or make a decoy that "
            "aligns with decoy_answer or decoy_cue"
        )
    around = (clean.tokens[: own.start], clean.tokens[own.stop :])
    if not all(map(torch.equal, around, (tokens[: fact.start], tokens[fact.stop :]))):
        raise ValueError(
            f"the decoy {decoy.fact!r} shares tokens with the words around it: begin and end it "
            f"as the needle {needle.fact!r}"
        )


def _with_cue(case: Case, answer: range) -> Spans:
    (fact,) = case.span("fact")
    sides = (range(fact.start, answer.start), range(answer.stop, fact.stop))
    return {**case.spans, "cue": tuple(side for side in sides if side)}
