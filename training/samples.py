"""Samples: token sequences to learn from, with a weight for every token to predict."""

import math
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
from tokenizers import Tokenizer

from rh_lens.cases.haystack import BOUNDARY
from training.clauses import turned
from training.disguise import disguised
from training.lists import BROAD
from training.loose import invent
from training.templates import Fact, Template
from training.words import Words

TEXT, FIRST, ANSWER, END, COPY = 0.1, 3.0, 1.0, 0.5, 0.5  # weights of what is predicted
FRAMES = (  # before the text, before a question, between question and answer
    ("", "\n\nQuestion: ", "\nAnswer:"),
    ("", "\n\nQuestion: ", "\nAnswer:"),
    ("", "\n\nQuestion: ", "\nAnswer:"),
    ("", "\n\nQ: ", "\nA:"),
    ("", "\n", ""),
    ("Read this. ", "\n\n", " Answer:"),
    ("Here is a text.\n\n", "\n\nQuestion: ", "\nAnswer:"),
    ("A fact stands in the text below. You will be asked for it.\n\n", "\n\n", ""),
)


@dataclass(frozen=True)
class Hay:
    """Prose as tokens, and where its sentences begin."""

    tokens: np.ndarray
    begins: np.ndarray
    new_line: np.ndarray

    @classmethod
    def of(cls, spelling: Tokenizer, text: str) -> "Hay":
        coded = spelling.encode(text, add_special_tokens=False)
        starts = np.array([start for start, _ in coded.offsets])
        ends = [match.end() for match in BOUNDARY.finditer(text)]
        ends += [at + 1 for at, letter in enumerate(text) if letter == "\n"]
        ends = sorted({end for end in ends if end < len(text)})
        lines = np.array([text[end - 1] == "\n" for end in ends])
        # a token begins with the space before its word
        at = np.searchsorted(starts, np.array(ends) - np.where(lines, 0, 1))
        return cls(np.array(coded.ids), at, lines)


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of sample; what remains is needles in prose.

    Args:
        most: Facts in a text.
        loose: The share of facts whose templates are put together by lot.
        clauses: The share of facts that are a clause turned about.
        broad: Of the facts of listed templates, the share of the longer list.
        disguised: Of the facts of listed templates, the share with other words for those that
            statement and question share.
        stem: The share of texts whose answers begin with the fact's own first words.
        dense: The share of texts with as many facts as there is room for, of which all are asked.
        alike: The share of texts whose facts have one wording and nearly the same words.
        wide: Whether the words are those of `training.words.widened`.
    """

    repeats: float = 0.15
    pairs: float = 0.05
    alone: float = 0.2
    most: int = 8
    loose: float = 0.0
    clauses: float = 0.0
    broad: float = 0.0
    disguised: float = 0.0
    stem: float = 0.2
    dense: float = 0.0
    alike: float = 0.4
    wide: bool = False


@dataclass(frozen=True)
class Source:
    """Everything samples are made of, for training or for evaluation."""

    spelling: Tokenizer
    hay: Hay
    words: Words
    templates: list[Template]
    mix: Mix = Mix()
    widened: Words | None = None  # what a mix with `wide` takes its words from

    def template(self, draw: random.Random) -> Template:
        mix, kind = self.mix, draw.random()
        if kind < mix.loose:
            return invent(draw)
        if kind < mix.loose + mix.clauses:
            return turned(draw, self.words)
        if mix.broad and draw.random() < mix.broad:
            template = draw.choice(BROAD)
        else:
            template = draw.choice(self.templates)
        if mix.disguised and draw.random() < mix.disguised:
            return disguised(draw, template, self.words)
        return template

    @cached_property
    def vocabulary(self) -> np.ndarray:
        return np.arange(3, self.spelling.get_vocab_size())

    def code(self, text: str) -> list[int]:
        return self.spelling.encode(text, add_special_tokens=False).ids


@dataclass
class Growing:
    """Tokens and weights, piece by piece."""

    tokens: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, tokens: list[int], weight: float = 0.0, first: float | None = None) -> None:
        self.tokens += tokens
        self.weights += [weight] * len(tokens)
        if first is not None and tokens:
            self.weights[-len(tokens)] = first


def facts(draw: random.Random, source: Source, count: int, alike: bool) -> list[Fact]:
    """Facts with different questions, all of one template and nearly the same words if alike."""
    found: dict[str, Fact] = {}
    template = source.template(draw)
    slots = template.slots(draw, source.words)
    used = [name for name in slots if f"{{{name}}}" in template.statement]
    for _ in range(4 * count):
        if alike and used:
            fresh = template.slots(draw, source.words)
            changed = draw.sample(used, draw.randint(1, max(1, len(used) - 1)))
            slots = slots | {name: fresh[name] for name in changed if name[-1] not in "012"}
        else:
            template = source.template(draw)
            slots = template.slots(draw, source.words)
        fact = template.fact(draw, source.words, slots)
        found.setdefault(fact.before.lower() + fact.after, fact)
        if len(found) == count:
            break
    return list(found.values())


def questions(
    code: Callable[[str], list[int]], asked: list[Fact], frame: tuple[str, str, str], stem: bool
) -> Growing:
    """What follows the text: questions and their answers."""
    tail = Growing()
    _, ask, answer = frame
    for fact in asked:
        prompt = ask + fact.question + answer
        ending = "."
        if stem and fact.before:
            prompt += " " + fact.before.rstrip()
            ending = fact.after
        tail.add(code(prompt))
        tail.add(code(" " + fact.answer), ANSWER, first=FIRST)
        tail.add(code(ending), END)
        tail.add([1], END)
    return tail


def needle(
    draw: random.Random,
    source: Source,
    length: int,
    *,
    most: int = 8,
    hay: bool = True,
    stem: float = 0.2,
    dense: float = 0.0,
    alike: float = 0.4,
) -> tuple[list[int], list[float]]:
    """Facts hidden in prose (or standing alone), and questions about them."""
    frame = draw.choice(FRAMES)
    room = max(1, min(most if hay else 3 * most, (length - 30) // (45 if hay else 34)))
    full = bool(dense) and draw.random() < dense
    count = room if full and not hay else draw.randint(1, room)
    told = facts(draw, source, count, alike=draw.random() < alike)
    asked = draw.sample(told, len(told) if full else draw.randint(1, len(told)))
    begun = draw.random() < stem
    code = cache(source.code)  # what does not fit is spelt once, and then dropped fact by fact
    tail = questions(code, asked, frame, stem=begun)
    fixed = 1 + len(code(frame[0]))
    while full and len(told) > 1:
        spent = sum(len(code(" " + fact.sentence)) + 1 for fact in told)
        if fixed + spent + len(tail.tokens) + 8 <= length:
            break
        told = told[:-1]
        asked = [fact for fact in asked if fact in told]
        tail = questions(code, asked, frame, stem=begun)
    whole = Growing()
    whole.add([0])
    whole.add(code(frame[0]))
    spaced = [(code(" " + fact.sentence), code(fact.sentence + "\n")) for fact in told]
    budget = length - len(whole.tokens) - len(tail.tokens) - sum(len(b) for _, b in spaced)
    if budget < (8 if hay else 0):
        return needle(draw, source, length, most=1, hay=hay)
    if hay:
        _hide(draw, source.hay, spaced, budget, whole)
    else:
        for spoken, lined in spaced:
            whole.add(spoken if draw.random() < 0.7 else lined)
    whole.add(tail.tokens)
    whole.weights[-len(tail.tokens) :] = tail.weights
    return whole.tokens[:length], whole.weights[:length]


def _hide(
    draw: random.Random,
    hay: Hay,
    spaced: list[tuple[list[int], list[int]]],
    budget: int,
    whole: Growing,
) -> None:
    last = int(np.searchsorted(hay.begins, len(hay.tokens) - budget))
    first = draw.randrange(last)
    start = int(hay.begins[first])
    stop = start + budget
    within = range(first, int(np.searchsorted(hay.begins, stop)))
    chosen = sorted(draw.choices(within, k=len(spaced)))
    at = start
    learn = draw.random() < 0.3  # predict the prose of some samples only
    for place, (spoken, lined) in zip(chosen, spaced, strict=True):
        begin = int(hay.begins[place])
        whole.add(hay.tokens[at:begin].tolist(), TEXT if learn else 0.0)
        whole.add(lined if hay.new_line[place] else spoken)
        at = begin
    whole.add(hay.tokens[at:stop].tolist(), TEXT if learn else 0.0)


def pairs(draw: random.Random, source: Source, length: int) -> tuple[list[int], list[float]]:
    """A JSON object and the value of one of its keys."""

    def mark() -> str:
        return "".join(draw.choice(string.hexdigits.lower()) for _ in range(draw.randint(3, 6)))

    entries = {mark(): mark() for _ in range(max(2, length // 26))}
    asked = draw.choice(list(entries))
    json = "{" + ", ".join(f'"{key}": "{value}"' for key, value in entries.items()) + "}"
    ask = draw.choice(
        (f'\n\nQuestion: "{asked}"\nAnswer: "', f'\n\nLook up "{asked}": "', f'\n"{asked}": "')
    )
    whole = Growing()
    whole.add([0])
    whole.add(source.code(json + ask))
    whole.add(source.code(entries[asked]), ANSWER, first=FIRST)
    whole.add(source.code('"'), END)
    whole.add([1], END)
    return whole.tokens[-length:], whole.weights[-length:]


def repeat(draw: np.random.Generator, source: Source, length: int) -> tuple[list[int], list[float]]:
    """Random tokens of which a stretch occurs twice, wherever it does.

    A third draws from a handful of tokens, so that one token of context does not tell what
    follows; a sixth is prose. Predicted is what could be known by copying.
    """
    vocabulary, hay = source.vocabulary, source.hay.tokens
    kind = draw.random()
    few = len(vocabulary)
    if kind < 0.33:
        few = int(draw.integers(6, 64))
        vocabulary = draw.choice(vocabulary, few, replace=False)
    tokens = vocabulary[draw.integers(0, few, length)]
    if kind > 0.85:
        start = int(draw.integers(0, len(hay) - length))
        tokens = hay[start : start + length].copy()
        few = 20
    size = int(draw.integers(min(length // 6, 40), min(length // 2, 160)))
    one = int(draw.integers(1, length - 2 * size + 1))
    two = int(draw.integers(one + size, length - size + 1))
    tokens[two : two + size] = tokens[one : one + size]
    tokens[0] = 0
    known = 1 if few > 64 else math.ceil(math.log(length) / math.log(few)) + 1
    weights = np.zeros(length)
    weights[two + known : two + size] = COPY
    return tokens.tolist(), weights.tolist()


def batch(
    seed: int, source: Source, mix: Mix, length: int, rows: Iterable[int]
) -> tuple[np.ndarray, np.ndarray]:
    """The samples of these numbers, of up to `length` tokens, padded, and their tokens' weights."""
    source = replace(source, mix=mix)
    if mix.wide and source.widened:
        source = replace(source, words=source.widened)
    made = [_sample(seed, row, source, length) for row in rows]
    tokens = np.full((len(made), length), 2)
    weights = np.zeros((len(made), length), dtype=np.float32)
    for row, (line, weight) in enumerate(made):
        tokens[row, : len(line)] = line
        weights[row, : len(line)] = weight
    return tokens, weights


def _sample(seed: int, row: int, source: Source, length: int) -> tuple[list[int], list[float]]:
    draw, mix = random.Random(f"{seed} {row}"), source.mix
    kind = draw.random()
    if kind < mix.repeats:
        return repeat(np.random.default_rng([seed, row]), source, length)
    if kind < mix.repeats + mix.pairs:
        return pairs(draw, source, length)
    alone = kind < mix.repeats + mix.pairs + mix.alone
    return needle(
        draw,
        source,
        length,
        most=mix.most,
        hay=not alone,
        stem=mix.stem,
        dense=mix.dense,
        alike=mix.alike,
    )
