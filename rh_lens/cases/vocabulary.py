"""Vocabulary: words to put in the place of others."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rh_lens.cases.needle import Needle, needles

HAN = r"[\u3400-\u9fff]"
LETTER = rf"(?:(?!{HAN})[^\W\d_])"
WORD = re.compile(rf"({HAN}|\d+|{LETTER}+)")
CONTENT = re.compile(rf"({HAN}|{LETTER}{{4,}})")  # with a meaning of its own, mostly
TRIES = 300  # of each number of words in the place of one


@dataclass(frozen=True)
class Vocabulary:
    """Words in an order drawn by lot, alone and several together."""

    words: tuple[str, ...]
    draw: random.Random

    @classmethod
    def besides(cls, needle: Needle, draw: random.Random) -> "Vocabulary":
        """The words of the bundled needles, without those of this one."""
        taken = set(WORD.findall(f"{needle.fact} {needle.question}".casefold()))
        told = " ".join(each.fact for each in needles()).casefold()
        return cls(tuple(sorted(set(WORD.findall(told)) - taken)), draw)

    def instead_of(self, part: str) -> Iterator[str]:
        """What may stand in place of a word: others in its script and capitals, first one, then two
        and up to four together. In place of a number: numbers of as many digits."""
        if part.isdecimal():
            for _ in range(TRIES):
                yield "".join(self.draw.choices("0123456789", k=len(part)))
            return
        alike = [word for word in self.words if _script(word) == _script(part)]
        gap = "" if _script(part) == "han" else " "
        for word in self.draw.sample(alike, len(alike)):
            yield _capitals(word, part)
        for count in (2, 3, 4):
            for _ in range(TRIES):
                yield _capitals(gap.join(self.draw.choices(alike, k=count)), part)


def _script(word: str) -> str:
    if re.match(HAN, word):
        return "han"
    return "digits" if word.isdecimal() else "letters"


def _capitals(words: str, like: str) -> str:
    if len(like) > 1 and like.isupper():
        return words.upper()
    return words[0].upper() + words[1:] if like[0].isupper() else words
