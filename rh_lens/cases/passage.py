"""Passage: a text whose stretches have names, and keep them when it becomes tokens."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Spans

HALF = re.compile("[\ud800-\udfff]")  # half a pair of UTF-16, which no tokenizer takes


@dataclass(frozen=True)
class Passage:
    """Text with named stretches, given as (name, first character, character after the last)."""

    text: str
    stretches: tuple[tuple[str, int, int], ...] = ()

    def named(self, name: str) -> "Passage":
        """The same passage, with a name for the whole of it."""
        return Passage(self.text, ((name, 0, len(self.text)), *self.stretches))

    def __add__(self, other: "Passage") -> "Passage":
        by = len(self.text)
        moved = tuple((name, start + by, stop + by) for name, start, stop in other.stretches)
        return Passage(self.text + other.text, self.stretches + moved)

    def tokenize(self, tokenizer: Any, *, bos: bool) -> tuple[Int[Tensor, " pos"], Spans]:
        """Tokens of the whole text, and which of them each named stretch became.

        The text is tokenized once. A stretch's tokens are those that share a character with it,
        so a token that straddles its edge belongs to it.

        Args:
            bos: Whether the prompt begins with the tokenizer's BOS token (never twice).
        """
        ids, starts, stops = offsets(tokenizer, self.text)
        lead = [bos_id(tokenizer)] if bos and ids[:1] != [bos_id(tokenizer)] else []
        tokens = torch.tensor(lead + ids)
        if bos and (extra := int((tokens == bos_id(tokenizer)).sum()) - 1):
            raise ValueError(
                f"the text itself spells the BOS token {tokenizer.bos_token!r} {extra} times: "
                "a prompt has one, at its start; take it out of the haystack or the template"
            )
        spans: dict[str, list[range]] = defaultdict(list)
        for name, start, stop in self.stretches:
            first = int(np.searchsorted(stops, start, side="right"))
            after = int(np.searchsorted(starts, stop, side="left"))
            spans[name].append(range(first + len(lead), after + len(lead)))
        return tokens, {name: tuple(at) for name, at in spans.items()}


def stating(fact: str, answer: str) -> Passage:
    """A fact, named "fact", in which the words that answer are named "answer"."""
    before, _, after = fact.partition(answer)
    return (Passage(before) + Passage(answer).named("answer") + Passage(after)).named("fact")


def offsets(tokenizer: Any, text: str) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Ids of a text, and the character at which each begins and after which it ends."""
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(
            f"{type(tokenizer).__name__} does not say which characters a token came from, so the "
            "needle cannot be placed: load a fast tokenizer (AutoTokenizer, use_fast=True)"
        )
    if half := HALF.search(text):
        raise ValueError(
            f"the text has half a character, {half[0]!r}: take it out, or decode the text as UTF-8"
        )
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    edges = np.array(encoding["offset_mapping"], dtype=int).reshape(-1, 2)
    return list(encoding["input_ids"]), edges[:, 0], edges[:, 1]


def continuation(tokenizer: Any, before: str, words: str) -> Int[Tensor, " pos"]:
    """The tokens of `words` as they are spelt after `before` and a space."""
    whole = Passage(before + " ") + Passage(words).named("words")
    tokens, spans = whole.tokenize(tokenizer, bos=False)
    (said,) = spans["words"]
    return tokens[said.start : said.stop]


def check_spelling(tokenizer: Any, tokens: Int[Tensor, " pos"], meant: str) -> None:
    """Refuse tokens that say something else than they are meant to, or more at their edges.

    More than one token's worth: a single token may straddle an edge.
    """
    said = tokenizer.decode(tokens.tolist())
    letters, wanted = _letters(said), _letters(meant)
    at = letters.find(wanted)
    if at < 0:
        raise ValueError(
            f"{meant[:80]!r} reads {said[:80]!r} after this tokenizer: "
            "use a tokenizer that can spell it, or another text"
        )
    after = len(letters) - at - len(wanted)
    for extra, edge in ((at, tokens[:1]), (after, tokens[-1:])):
        if extra > len(_letters(tokenizer.decode(edge.tolist()))):
            raise ValueError(
                f"{meant[:80]!r} shares its tokens with the words around it, {said[:80]!r}: "
                "use a tokenizer that keeps them apart, or another text"
            )


def bos_id(tokenizer: Any) -> int:
    if tokenizer.bos_token_id is None:
        raise ValueError(
            f"{type(tokenizer).__name__} has no BOS token: set tokenizer.bos_token to what the "
            "model was trained to see first, or use Prompt(bos=False) if that is nothing"
        )
    return int(tokenizer.bos_token_id)


def _letters(text: str) -> str:
    """What must survive tokenization: not spacing, capitals or accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not c.isspace() and not unicodedata.combining(c))
