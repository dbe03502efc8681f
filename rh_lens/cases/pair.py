"""Pair: two cases that differ only in what is to be found out about."""

from dataclasses import dataclass

import torch

from rh_lens.cases.case import Case


@dataclass(frozen=True, eq=False)
class Pair:
    """A prompt that tells the answer, and the same prompt with something else in its place.

    Both ask for the answer of `clean`, and align token for token, so that an activation of one can
    be put into the other.
    """

    clean: Case
    corrupt: Case

    def __post_init__(self) -> None:
        if len(self.clean) != len(self.corrupt):
            raise ValueError(
                f"a pair must align token for token, got {len(self.clean)} and "
                f"{len(self.corrupt)} tokens"
            )
        if torch.equal(self.clean.tokens, self.corrupt.tokens):
            raise ValueError("a pair must differ somewhere, got the same prompt twice")
        if not torch.equal(self.clean.answer, self.corrupt.answer):
            raise ValueError(
                f"a pair must ask for the same answer, got {self.clean.answer.tolist()} and "
                f"{self.corrupt.answer.tolist()}: give both the clean one"
            )

    @property
    def digest(self) -> str:
        """Stable identity, as that of a case."""
        return f"{self.clean.digest}-{self.corrupt.digest}"
