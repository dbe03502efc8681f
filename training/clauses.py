"""Clauses: facts and questions made by turning one clause about, as English does.

A clause has a doer, a verb, and perhaps a thing, a companion, a place, a time, a reason. One of
them is the answer. The clause is stated in one form and asked for in another: active, passive,
cleft, relative, indirect. The answer always has words before it that the question shares.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from training import phrases as p
from training import values as v
from training.templates import FIGURES, NAMES, PLACES, THINGS, Kind, Template
from training.verbs import EXTRA, GIVING, Verb, past, tensed
from training.words import Words

PERSONS = (*NAMES, v.person, v.person)
WHATS = ("what", "what", "which thing", "what exactly")
Made = tuple[str, list[str], tuple[Kind, ...]]  # a statement, questions, kinds of answer


@dataclass(frozen=True)
class Part:
    """A part of the clause: its words, how to ask for it, and what it can be as an answer."""

    words: str
    asks: tuple[str, ...]
    kinds: tuple[Kind, ...]


def turned(draw: random.Random, words: Words) -> Template:
    """A statement and questions, made of one clause."""
    while True:
        statement, asked, kinds = draw.choice(FORMS)(draw, words)
        if "{" in statement.split("{answer}")[0] and all("{" in question for question in asked):
            break
    if draw.random() < 0.2:
        statement = draw.choice(p.OPENERS) + statement
    ended = (question if question[-1] in "?." else question + "?" for question in asked)
    return Template(statement + ".", tuple(ended), kinds)


def _thing(draw: random.Random) -> Part:
    kinds = draw.choice((THINGS, THINGS, v.ANY, FIGURES, PERSONS, (v.amount,)))
    asks = ("how many", "how much", "what") if kinds == (v.amount,) else WHATS
    return Part(draw.choice(p.OBJECTS), ("whom", "who") if kinds is PERSONS else asks, kinds)


def _beside(draw: random.Random) -> Part:
    link = draw.choice(p.WITH)
    if draw.random() < 0.5:
        return Part(f"{link} {draw.choice(p.DOERS)}", (f"{link} whom", f"{link} whom"), PERSONS)
    asks = (f"{link} what", f"{link} which thing")
    return Part(f"{link} {draw.choice(p.OBJECTS)}", asks, (*THINGS, v.title))


def _parts(draw: random.Random) -> dict[str, Part]:
    """What stands beside the verb."""
    found: dict[str, Part] = {}
    if draw.random() < 0.85:
        found["thing"] = _thing(draw)
    if draw.random() < 0.35:
        found["beside"] = _beside(draw)
    if draw.random() < 0.35:
        asks = ("where", "where", "where exactly", "in which place", "at what place")
        found["place"] = Part(draw.choice(p.PLACED), asks, PLACES)
    if draw.random() < 0.35:
        asks = ("when", "when", "at what time", "on which day")
        found["time"] = Part(draw.choice(p.TIMES), asks, (v.moment,))
    if draw.random() < 0.12:
        found["reason"] = Part("because {the2} was {adj}", ("why", "for what reason"), (v.reason,))
    elif draw.random() < 0.12:
        asks = ("why", "for what purpose", "what for")
        found["aim"] = Part("to {w0} {the2}", asks, (v.aim,))
    return found


def _verb(draw: random.Random, words: Words, many: bool) -> Verb:
    return tensed(draw, draw.choice(EXTRA if draw.random() < 0.7 else words.verbs), many)


def _doer(draw: random.Random) -> tuple[str, bool]:
    """Who does it, and whether they are several."""
    if draw.random() < 0.12:
        return draw.choice(p.MANY), True
    doer = draw.choice(p.DOERS)
    return doer, " and " in doer


def _kept(
    draw: random.Random, parts: dict[str, str], share: float, after: Iterable[str] = ()
) -> str:
    """Some of the parts, in their order; all that come after the answer, which end it."""
    return "".join(f" {p}" for name, p in parts.items() if name in after or draw.random() < share)


def _ask(draw: random.Random, direct: str, indirect: str) -> str:
    """A question as such, or within another sentence."""
    if draw.random() < 0.2:
        return draw.choice(p.OUTER).replace("{}", indirect)
    if draw.random() < 0.08:
        return draw.choice(p.HINTS) + direct
    return direct


def _clause(draw: random.Random, words: Words) -> Made:
    """The doer is known; something after the verb is asked for."""
    parts = _parts(draw)
    if not parts:
        return _clause(draw, words)
    asked = draw.choice(list(parts))
    part = parts.pop(asked)
    others = {name: other.words for name, other in parts.items()}
    if asked == "thing":
        return _clause_thing(draw, words, part, others)
    return _clause_other(draw, words, asked, part, others)


def _clause_thing(draw: random.Random, words: Words, part: Part, others: dict[str, str]) -> Made:
    """Somebody did something to X."""
    doer, many = _doer(draw)
    verb = _verb(draw, words, many)
    answer, asks, receiver = "{answer}", part.asks, {}
    pick = draw.random()
    if pick < 0.3:
        label = draw.choice(p.LABELS)
        article = draw.choice(("the", "the", "a", "that", "its", "some", "every"))
        answer, asks = f"{article} {label} {{answer}}", (f"which {label}", f"what {label}")
    elif pick < 0.44:
        receiver = {"to": draw.choice(p.OBJECTS)}
        verb = tensed(draw, draw.choice(GIVING), many)
        answer = f"{receiver['to']} {{answer}}"
    front = {name: text for name, text in others.items() if draw.random() < 0.4}
    back = {name: text for name, text in others.items() if name not in front}
    tail = "".join(f" {text}" for text in back.values())
    opening = _opening(draw, front)
    if answer == "{answer}" and draw.random() < 0.14:
        said = ("what", "the thing that", "all that", "the first thing that", "the only thing")
        link = draw.choice((" is", " was", " is", ":"))
        statement = f"{opening}{draw.choice(said)} {doer} {verb.said}{tail}{link} {{answer}}"
    else:
        statement = f"{opening}{doer} {verb.said} {answer}{tail}"
    return statement, _asked(draw, asks, doer, verb, receiver | others, back), part.kinds


def _clause_other(
    draw: random.Random, words: Words, asked: str, part: Part, others: dict[str, str]
) -> Made:
    """Somebody did something where, when, with whom or why: X."""
    doer, many = _doer(draw)
    verb = _verb(draw, words, many)
    link = part.asks[0].rsplit(" ", 1)[0] + " " if asked == "beside" else ""
    thing = others.get("thing", "")
    free = {name: text for name, text in others.items() if name != "thing"}
    front = {name: text for name, text in free.items() if draw.random() < 0.3}
    late = {name: text for name, text in free.items() if name not in front and draw.random() < 0.35}
    early = "".join(f" {t}" for name, t in free.items() if name not in front | late)
    tail = "".join(f" {text}" for text in late.values())
    opening, bare = _opening(draw, front), {n: t for n, t in others.items() if n != "thing"}
    object_ = f" {thing}" if thing else ""
    pick = draw.random()
    if pick < 0.1 and asked != "beside":
        name = {"place": "the place where", "time": "the day when", "aim": "the aim for which"}
        is_ = draw.choice((" is", " was", " is", ":"))
        said = f"{name.get(asked, 'the reason why')} {doer} {verb.said}{object_}{early}{tail}"
        statement = f"{opening}{said}{is_} {{answer}}"
    elif pick < 0.3 and thing:
        by = f" by {doer}" if draw.random() < 0.7 else ""
        statement = f"{opening}{thing} {verb.passive}{by}{early} {link}{{answer}}{tail}"
        if not by:
            was = f"{verb.be} {thing} {verb.done}"
            questions = [
                f"{draw.choice(part.asks)} {was}{_kept(draw, bare, 0.6, late)}" for _ in range(3)
            ]
            return statement, questions, part.kinds
    else:
        said = f"{doer} {verb.said}{object_}{early}"
        statement = f"{opening}{said} {link}{{answer}}{tail}"
    if link and draw.random() < 0.3:
        what = draw.choice(part.asks).removeprefix(link)
        direct = f"{what} {verb.helper} {doer} {verb.rest}{_kept(draw, others, 0.75, late)} {link}"
        return statement, [direct.strip()], part.kinds
    return statement, _asked(draw, part.asks, doer, verb, others, late), part.kinds


def _opening(draw: random.Random, front: dict[str, str]) -> str:
    """What comes before the doer."""
    return " ".join(front.values()) + draw.choice((", ", " ")) if front else ""


def _asked(
    draw: random.Random,
    asks: tuple[str, ...],
    doer: str,
    verb: Verb,
    others: dict[str, str],
    after: Iterable[str],
) -> list[str]:
    """Three questions for what follows the verb."""
    found = []
    for _ in range(3):
        word, kept = draw.choice(asks), _kept(draw, others, 0.75, after)
        thing, pick = others.get("thing"), draw.random()
        indirect = f"{word} {doer} {verb.said}{kept}"
        if thing and pick < 0.2:
            direct = f"{word} {verb.be} {thing} {verb.done} by {doer}"
            indirect = f"{word} {thing} {verb.passive} by {doer}"
        elif pick > 0.88:
            direct = f"{verb.helper} {doer} {verb.rest}{kept}, and {word}"
        else:
            direct = f"{word} {verb.helper} {doer} {verb.rest}{kept}"
        found.append(_ask(draw, direct, indirect))
    return found


def _by_whom(draw: random.Random, words: Words) -> Made:
    """The doer is asked for: passive, cleft or relative."""
    verb = _verb(draw, words, False)
    said = {name: part.words for name, part in _parts(draw).items()}
    thing = said.pop("thing", draw.choice(p.OBJECTS))
    rest = "".join(f" {part}" for part in said.values())
    person = draw.choice(p.PERSON)
    be = draw.choice(("is", "was", "is", "is called", "is named", "is known as"))
    front = f"{rest.strip()}, " if rest and draw.random() < 0.3 else ""
    after = "" if front else rest
    statement = draw.choice(
        (
            f"{front}{thing} {verb.passive}{after} by {{answer}}",
            f"{front}{thing} {verb.passive} by {{answer}}{after}",
            f"{person} who {verb.said} {thing}{rest} {be} {{answer}}",
            f"{person} that {verb.said} {thing}{rest} {be} {{answer}}",
            f"of all people, {thing} {verb.passive}{rest} by {{answer}}",
            f"nobody {verb.said} {thing}{rest} but {{answer}}",
            f"{thing}{rest} {verb.passive} by the {{role}} {{answer}}",
        )
    )
    questions = []
    for _ in range(3):
        kept, who = _kept(draw, said, 0.7), draw.choice(p.WHO)
        direct = draw.choice(
            (
                f"{who} {verb.said} {thing}{kept}",
                f"{who} {verb.said} {thing}{kept}",
                f"by whom {verb.be} {thing} {verb.done}{kept}",
                f"who is {person} who {verb.said} {thing}{kept}",
                f"who was it that {verb.said} {thing}{kept}",
                f"who {verb.be} {thing} {verb.done}{kept} by",
                f"what is the name of {person} who {verb.said} {thing}{kept}",
            )
        )
        questions.append(_ask(draw, direct, f"who {verb.said} {thing}{kept}"))
    return statement, questions, PERSONS


def _state(draw: random.Random, words: Words) -> Made:
    """Something is something: of whom, where and since when differs."""
    head, tails = draw.choice(p.HEADS), draw.sample(p.TAILS, draw.choice((1, 1, 2)))
    noun, verb = " ".join([head, *tails]), draw.choice(p.BEING)
    stated = noun
    if len(tails) == 2 and draw.random() < 0.3:
        stated = f"{tails[1]}, {head} {tails[0]}"
    statement = f"{stated} {verb} {{answer}}" if draw.random() < 0.85 else f"{stated}: {{answer}}"
    bare = noun.removeprefix("the ").removeprefix("another ")
    questions = []
    for _ in range(3):
        direct = draw.choice(p.WHAT_IS).replace("{noun}", noun, 1).replace("{bare}", bare)
        plain = verb.split()[0] in ("is", "was")
        questions.append(_ask(draw, direct, f"what {noun} {verb}") if plain else direct)
    return statement, questions, draw.choice((v.ANY, v.ANY, FIGURES, NAMES, THINGS))


def _duty(draw: random.Random, words: Words) -> Made:
    """What is to be done, and when."""
    when, state = draw.choice(p.WHEN), draw.choice(p.STATES)
    again = draw.choice(("if", "when", when))
    questions = [
        f"{draw.choice(p.DUTIES)} {when} {state}",
        f"{when} {state}, {draw.choice(p.DUTIES)}",
        f"{draw.choice(p.DUTIES)} {again} {state}",
    ]
    return f"{when} {state}, {draw.choice(p.ORDERS)}{{answer}}", questions, (v.task,)


def _way(draw: random.Random, words: Words) -> Made:
    """How something is done."""
    purpose, best, way = draw.choice(p.PURPOSES), draw.choice(p.BEST), draw.choice(p.WAYS)
    whole = f"the {best} {way} {purpose}"
    link = draw.choice((" is to", " is to", " was to", " would be to", ":"))
    questions = [f"what is {whole}", f"how do you {purpose.split('to ')[-1]}", f"what was {whole}"]
    return f"{whole}{link} {{answer}}", questions, (v.task,)


def _wish(draw: random.Random, words: Words) -> Made:
    """What somebody wants to do."""
    doer, many = _doer(draw)
    wish = draw.choice(p.WISHES)
    verb = tensed(draw, (wish, past(wish), past(wish)), many)
    early = draw.choice(("", "", " {place}", " in {town}", " on {day}", " with {who2}"))
    front = draw.choice(("", "", "", "on {day} ", "in {town}, ", "with {the}, ", "one day "))
    kept = early if draw.random() < 0.8 else ""
    plain = f"what {verb.helper} {doer} {verb.rest}"
    questions = [f"{plain} to do{kept}", plain, f"{front}{plain} to do"]
    return f"{front}{doer} {verb.said}{early} {{answer}}", questions, (v.aim,)


FORMS: tuple[Callable[[random.Random, Words], Made], ...] = (
    *(_clause, _clause, _clause, _clause, _clause, _clause, _clause, _clause),
    *(_by_whom, _by_whom, _by_whom, _by_whom, _state, _state, _state, _state),
    *(_duty, _way, _wish),
)
