"""Sum: money that somebody invented has, and what is added to it, step by step."""

import random
from dataclasses import dataclass

from rh_lens.cases.passage import Passage, stating

MORE = ("earns", "finds", "wins", "is given")
LESS = ("spends", "loses", "lends", "pays")
NUMBERS = range(10, 100)  # all totals have two digits


@dataclass(frozen=True)
class Sum:
    """A number that somebody starts with, and what is added to it."""

    name: str
    start: int
    changes: tuple[int, ...]
    verbs: tuple[str, ...]

    @property
    def totals(self) -> list[int]:
        """After each change."""
        return [self.start + sum(self.changes[: i + 1]) for i in range(len(self.changes))]

    @property
    def answer(self) -> str:
        return str(self.totals[-1])

    @property
    def question(self) -> str:
        return f"How much money does {self.name} end with?"

    @property
    def stem(self) -> str:
        """Up to the $, so that in no tokenizer a space comes between it and the answer."""
        return f"{self.name} ends with $"

    @property
    def problem(self) -> str:
        told = [f"{self.name} has ${self.start}."]
        told += [
            f"{self.name} {verb} ${abs(change)}."
            for verb, change in zip(self.verbs, self.changes, strict=True)
        ]
        return " ".join(told)

    @property
    def worked(self) -> Passage:
        """The steps, and a last sentence that states what comes out, once."""
        *before, last = zip([self.start, *self.totals], self.changes, self.totals, strict=False)
        lines = [f"{_term(old, change)} = ${total}. " for old, change, total in before]
        fact = f"After {_term(*last[:2])}, {self.stem}{self.answer}."
        return Passage("".join([f"{self.name}: ", *lines])) + stating(fact, self.answer)


def draw_sum(draw: random.Random, name: str, size: int) -> Sum:
    """Changes of 2 to 9 whose totals have two digits."""
    while True:
        start = draw.choice(NUMBERS)
        changes = tuple(draw.choice((-1, 1)) * draw.randint(2, 9) for _ in range(size))
        verbs = tuple(draw.choice(MORE if change > 0 else LESS) for change in changes)
        made = Sum(name, start, changes, verbs)
        if all(total in NUMBERS for total in made.totals):
            return made


def _term(number: int, change: int) -> str:
    return f"${number} {'+' if change > 0 else '-'} ${abs(change)}"
