"""Disguise: other words in place of those that a statement and its questions share.

A listed wording seen often enough is known by its words, and where its answer begins is then
remembered instead of found. What a disguised one still shows is which words the question repeats.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from training.templates import Template
from training.words import Words

STEM = 4  # letters that two forms of one word begin with
ENDING = 3  # letters at most by which they differ
SHARE = 0.6  # of the shared words, as many are replaced
WORD = re.compile(r"\{\w+\}|\b[a-z]{4,}\b")  # a slot, which is no word, or a word
SMALL = set(
    """what which that this these those with does from when were have there they their them then
    than whom whose where will would could should must shall been being into onto upon about after
    before until while because since under over between among during through without within against
    around behind near next last every each some many much more most other another only once says
    said tell your whoever whichever whatever also just even still ever never always nobody
    somebody anybody everybody something nothing itself himself herself""".split()
)


def disguised(draw: random.Random, template: Template, words: Words) -> Template:
    """The same template with other stems for some of the words that it repeats.

    Forms of one word keep their endings: of "plumbing" and "plumber" may become "windowing" and
    "windower".
    """
    stated = content(template.statement)
    asked = content(" ".join(template.questions))
    others: dict[str, str] = {}
    for word in sorted(stated):
        forms = {word, *(form for form in asked | stated if _akin(word, form))}
        if not forms & asked or forms & others.keys() or draw.random() > SHARE:
            continue
        stem = _begun_alike(forms)
        other = draw.choice(words.mined)
        if len(forms) > 1:
            other = other.rstrip("aeiou") or other
        others |= {form: other + form[stem:] for form in forms}

    def swap(text: str) -> str:
        return WORD.sub(lambda found: others.get(found[0], found[0]), text)

    return replace(
        template,
        statement=swap(template.statement),
        questions=tuple(map(swap, template.questions)),
    )


def content(text: str) -> set[str]:
    """Its words but for slots, small words and those of three letters or fewer."""
    return {word for word in WORD.findall(text) if word[0] != "{" and word not in SMALL}


def _akin(one: str, other: str) -> bool:
    """Whether two words are likely forms of one."""
    shared = _begun_alike((one, other))
    return shared >= STEM and max(len(one), len(other)) - shared <= ENDING


def _begun_alike(words: Iterable[str]) -> int:
    """How many letters all begin with."""
    return sum(
        1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*words, strict=False))
    )
