"""Gate: what counts as having found the needle."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case


class Gate(ABC):
    """Subclasses say which replies count as right."""

    @abstractmethod
    def passes(self, said: Int[Tensor, " step"], case: Case, tokenizer: Any) -> bool:
        """Does `said` give the case's answer?"""


@dataclass(frozen=True)
class ExactMatch(Gate):
    """The reply holds the right answer, token for token, wherever it begins."""

    def passes(self, said: Int[Tensor, " step"], case: Case, tokenizer: Any) -> bool:
        return holds(said, case.answer)


def holds(said: Int[Tensor, " step"], answer: Int[Tensor, " answer"]) -> bool:
    """Whether `answer` occurs in `said` without a gap."""
    windows = said.unfold(0, len(answer), 1) if len(said) >= len(answer) else said[:0, None]
    return bool((windows == answer).all(dim=-1).any())
