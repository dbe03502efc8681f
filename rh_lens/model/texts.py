"""Tokens as text, one by one."""

from functools import cache
from itertools import pairwise
from typing import Any

from jaxtyping import Int
from torch import Tensor


def texts(tokenizer: Any, tokens: Int[Tensor, " pos"]) -> list[str]:
    """Each token as the text that it adds after the one before it, or its id where there is no
    tokenizer.

    Many tokenizers drop the space before a token that is decoded alone, so each is decoded after
    its neighbour.
    """
    ids = tokens.tolist()
    if tokenizer is None:
        return [f" {token}" for token in ids]

    @cache
    def text(*few: int) -> str:
        return str(tokenizer.decode(list(few), clean_up_tokenization_spaces=False))

    def added(before: int, token: int) -> str:
        known, both = text(before), text(before, token)
        return both.removeprefix(known) if both.startswith(known) else text(token)

    first = [text(*ids[:1])] if ids else []
    return first + [added(*pair) for pair in pairwise(ids)]
