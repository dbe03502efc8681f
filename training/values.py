"""Values: what a generated fact states, and what is then asked for."""

import random
import string

from training.words import (
    ABOUT,
    MONTHS,
    NUMBERS,
    ORDINALS,
    PLACES_END,
    PLACES_START,
    PREPOSITIONS,
    WEEKDAYS,
    Words,
    invented,
)


def noun(draw: random.Random, words: Words) -> str:
    pick = draw.random()
    if pick < 0.6:
        return draw.choice(words.things)
    return draw.choice(words.mined) if pick < 0.85 else invented(draw)


def adjective(draw: random.Random, words: Words) -> str:
    return draw.choice(words.adjectives if draw.random() < 0.75 else words.mined)


def verb(draw: random.Random, words: Words) -> tuple[str, str, str]:
    return draw.choice(words.verbs)


def thing(draw: random.Random, words: Words) -> str:
    """A noun with up to one adjective."""
    if draw.random() < 0.45:
        return noun(draw, words)
    return f"{adjective(draw, words)} {noun(draw, words)}"


def the(draw: random.Random, words: Words) -> str:
    article = draw.choice(("the", "the", "the", "the", "a", "his", "her", "their", "your"))
    return f"{article} {thing(draw, words)}"


def place(draw: random.Random, words: Words) -> str:
    where = f"{draw.choice(PREPOSITIONS)} the {thing(draw, words)}"
    pick = draw.random()
    if pick < 0.35:
        where += f" {draw.choice(PREPOSITIONS)} the {thing(draw, words)}"
    elif pick < 0.5:
        where += f" {detail(draw, words)}"
    return where


def detail(draw: random.Random, words: Words) -> str:
    """What tells a thing from others of its name; said after it."""
    act = verb(draw, words)
    return draw.choice(
        (
            f"of {town(draw, words)}",
            f"from {town(draw, words)}",
            f"of {the(draw, words)}",
            f"with {the(draw, words)}",
            f"with {draw.choice(NUMBERS)} {noun(draw, words)}s",
            f"without {the(draw, words)}",
            f"for {the(draw, words)}",
            f"for {person(draw, words)}",
            f"made of {noun(draw, words)}",
            f"that {person(draw, words)} {act[1]}",
            f"that {act[1]} {the(draw, words)}",
            f"{act[2]} by {person(draw, words)}",
        )
    )


def item(draw: random.Random, words: Words) -> str:
    """A thing as an answer, often in detail."""
    what = the(draw, words)
    return what if draw.random() < 0.6 else f"{what} {detail(draw, words)}"


def first_name(draw: random.Random, words: Words) -> str:
    return invented(draw).title()


def name(draw: random.Random, words: Words) -> str:
    return f"{first_name(draw, words)} {invented(draw).title()}"


def town(draw: random.Random, words: Words) -> str:
    return draw.choice(PLACES_START) + draw.choice(PLACES_END)


def person(draw: random.Random, words: Words) -> str:
    pick = draw.random()
    if pick < 0.3:
        return name(draw, words)
    if pick < 0.5:
        return first_name(draw, words)
    who = f"the {draw.choice(words.people)}"
    if draw.random() < 0.35:
        who = f"the {adjective(draw, words)} {draw.choice(words.people)}"
    if draw.random() < 0.35:
        who += f" {draw.choice(('from', 'of', 'in', 'near'))} " + (
            town(draw, words) if draw.random() < 0.5 else f"the {thing(draw, words)}"
        )
    return who


def maker(draw: random.Random, words: Words) -> str:
    """A person as an answer: often a name and something about it."""
    who = name(draw, words) if draw.random() < 0.7 else person(draw, words)
    pick = draw.random()
    if pick < 0.15:
        return f"{who} from {town(draw, words)}"
    if pick < 0.3:
        return f"{who} and {draw.choice(('his', 'her'))} {draw.choice(words.people)}"
    return who


def digits(draw: random.Random, words: Words) -> str:
    size = draw.randint(3, 8)
    number = "".join(draw.choice(string.digits) for _ in range(size))
    pick = draw.random()
    if pick < 0.2:
        return " ".join(number)
    if pick < 0.35:
        return " ".join(number[i : i + 2] for i in range(0, size, 2))
    return number


def code(draw: random.Random, words: Words) -> str:
    def letters() -> str:
        return "".join(draw.choice(string.ascii_uppercase) for _ in range(draw.randint(2, 4)))

    def figures() -> str:
        return "".join(draw.choice(string.digits) for _ in range(draw.randint(2, 4)))

    parts = [draw.choice((letters, figures))() for _ in range(draw.randint(2, 3))]
    if draw.random() < 0.4:
        parts[0] = noun(draw, words).upper()
    return draw.choice("--/. _").join(parts)


def amount(draw: random.Random, words: Words) -> str:
    how = draw.choice(ABOUT) + " " if draw.random() < 0.6 else ""
    many = draw.choice((draw.choice(NUMBERS), str(draw.randint(2, 9999))))
    what = f"{how}{many} {noun(draw, words)}s"
    return what if draw.random() < 0.75 else f"{what} {detail(draw, words)}"


def date(draw: random.Random, words: Words) -> str:
    day, month, year = draw.randint(1, 28), draw.choice(MONTHS), draw.randint(1100, 2999)
    return draw.choice(
        (
            f"{day} {month} {year}",
            f"the {draw.choice(ORDINALS)} of {month} {year}",
            f"{draw.choice(WEEKDAYS)}, {day} {month}",
            f"{month} {year}",
            f"the year {year}",
            f"the {draw.choice(ORDINALS)} {draw.choice(WEEKDAYS)} of {month}",
            f"{draw.choice(WEEKDAYS)} at {draw.randint(1, 12)}:{draw.randint(10, 59)}",
        )
    )


def moment(draw: random.Random, words: Words) -> str:
    """When something happens, with its preposition."""
    when = draw.choice(
        (
            f"on {date(draw, words)}",
            f"in {draw.randint(1100, 2999)}",
            f"every {draw.choice(ORDINALS)} {draw.choice(WEEKDAYS)}",
            f"at {draw.choice(NUMBERS)} o'clock",
            f"before {the(draw, words)}",
            f"after {the(draw, words)}",
            f"on {draw.choice(WEEKDAYS)} after {the(draw, words)}",
            f"in the {noun(draw, words)} of {draw.randint(1100, 2999)}",
        )
    )
    if draw.random() < 0.7:
        return when
    return f"{when} {draw.choice(('after', 'before', 'until', 'during'))} {the(draw, words)}"


def manner(draw: random.Random, words: Words) -> str:
    """How something is done; said after it."""
    return draw.choice(
        (
            f"with {the(draw, words)}",
            f"without {the(draw, words)}",
            f"for {draw.choice(NUMBERS)} {noun(draw, words)}s",
            f"into {the(draw, words)}",
            f"until {the(draw, words)} is {adjective(draw, words)}",
            f"as if it were {adjective(draw, words)}",
            f"for {person(draw, words)}",
        )
    )


def task(draw: random.Random, words: Words) -> str:
    """One or two things to do."""

    def one() -> str:
        act = f"{verb(draw, words)[0]} {the(draw, words)}"
        pick = draw.random()
        if pick < 0.25:
            return f"{act} {place(draw, words)}"
        return f"{act} {manner(draw, words)}" if pick < 0.5 else act

    return one() if draw.random() < 0.4 else f"{one()} and {one()}"


def aim(draw: random.Random, words: Words) -> str:
    return f"to {task(draw, words)}"


def reason(draw: random.Random, words: Words) -> str:
    why = draw.choice(
        (
            f"{person(draw, words)} had {verb(draw, words)[2]} {the(draw, words)}",
            f"{person(draw, words)} {verb(draw, words)[1]} {the(draw, words)}",
            f"the {thing(draw, words)} was {adjective(draw, words)}",
            f"the {thing(draw, words)} was {verb(draw, words)[2]} {place(draw, words)}",
            f"they {verb(draw, words)[1]} {the(draw, words)}",
            f"it was too {adjective(draw, words)} for {the(draw, words)}",
        )
    )
    return f"because {why}" if draw.random() < 0.75 else f"because {why} {manner(draw, words)}"


def jumble(draw: random.Random, words: Words) -> str:
    """Words that do not belong together."""
    return " ".join(
        invented(draw) if draw.random() < 0.2 else draw.choice(words.mined)
        for _ in range(draw.randint(1, 6))
    )


def title(draw: random.Random, words: Words) -> str:
    return f"the {adjective(draw, words).title()} {noun(draw, words).title()}"


def script(draw: random.Random, words: Words) -> str:
    """Letters of another alphabet, which the tokenizer spells in bytes."""
    first = draw.choice((0x4E00, 0x4E00, 0x5200, 0x0430, 0x03B1, 0x00E0))
    size = 4000 if first > 0x4000 else 24
    return "".join(chr(first + draw.randrange(size)) for _ in range(draw.randint(3, 8)))


ANY = (item, place, name, digits, digits, code, amount, date, aim, jumble, jumble, title, script)
