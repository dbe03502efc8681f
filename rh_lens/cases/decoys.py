"""Decoys: needles that align with another, and say something else."""

import random
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from rh_lens.cases.needle import Needle
from rh_lens.cases.rewording import Wording, placed, reworded
from rh_lens.cases.vocabulary import CONTENT, WORD, Vocabulary


def decoy_answer(
    tokenizer: Any, needle: Needle, answers: Iterable[str] | None = None, *, seed: int = 0
) -> Needle:
    """The same fact with another answer: paired, they show which heads carry WHAT is found.

    The other answer has as many tokens as the right one, and begins with another token.

    Args:
        answers: Texts to choose from, by lot among those that fit. None: the right answer with its
            words replaced by words of the bundled needles, and its numbers by others. Such an
            answer need not make sense.

    Raises:
        ValueError: No answer fits.
    """
    draw = random.Random(seed)
    before, _, after = needle.fact.partition(needle.answer)
    cut = WORD if answers is None else _quoting([needle.answer])
    said = cut.split(needle.answer)
    return reworded(
        tokenizer,
        Wording((before, *said, after), range(1, 1 + len(said)), needle),
        range(2, 1 + len(said), 2),
        partial(_drawn, sorted(set(answers)), draw)
        if answers is not None
        else Vocabulary.besides(needle, draw).instead_of,
        avoided=placed(tokenizer, needle).first,
    )


def decoy_cue(
    tokenizer: Any, needle: Needle, *cue: str, words: Iterable[str] | None = None, seed: int = 0
) -> Needle:
    """Another fact with the same answer: paired, they show which heads say WHERE to look.

    What leads from the question to the answer is replaced by other words of as many tokens, so that
    the question does not ask for this fact.

    Args:
        cue: Stretches of the fact to replace, each as a whole, such as "glass bridge". None: each
            word outside the answer that has four letters or more, or is Chinese.
        words: Texts to choose from, by lot among those that fit. None: words of the bundled needles
            that stand neither in the fact nor in the question, and numbers.

    Raises:
        ValueError: A stretch is not in the fact outside its answer, or no words fit in its place.
    """
    draw = random.Random(seed)
    sides = needle.fact.partition(needle.answer)[::2]
    if missing := [words for words in cue if not any(words in side for side in sides)]:
        raise ValueError(
            f"{missing} are not in the fact {needle.fact!r} outside its answer: quote it exactly"
        )
    cut = _quoting(cue) if cue else CONTENT
    before, after = (cut.split(side) for side in sides)
    return reworded(
        tokenizer,
        Wording((*before, needle.answer, *after), range(len(before), len(before) + 1), needle),
        [*range(1, len(before), 2), *range(len(before) + 2, len(before) + len(after) + 1, 2)],
        partial(_drawn, sorted(set(words)), draw)
        if words is not None
        else Vocabulary.besides(needle, draw).instead_of,
    )


def _quoting(stretches: Sequence[str]) -> re.Pattern[str]:
    """Finds these stretches, the longer of two that begin alike."""
    longest = sorted(stretches, key=len, reverse=True)
    return re.compile("(" + "|".join(re.escape(stretch) for stretch in longest) + ")")


def _drawn(texts: Sequence[str], draw: random.Random, part: str) -> list[str]:
    others = [text for text in texts if text != part]
    return draw.sample(others, len(others))
