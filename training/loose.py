"""Loose: templates put together by lot, so that no fixed list of wordings can be learnt.

What such a fact and its question share is words, not grammar: the answer is what follows them.
"""

import random

from training import values as v
from training.templates import FIGURES, NAMES, PLACES, THINGS, Template

PIECES = (  # as stated, as asked
    ("{who}", "{who}"),
    ("{who}", "{who}"),
    ("{the}", "{the}"),
    ("{the}", "{the}"),
    ("{the2}", "{the2}"),
    ("{who2}", "{who2}"),
    ("the {attr}", "the {attr}"),
    ("the {attr} of {the}", "the {attr} of {the}"),
    ("the {role}", "the {role}"),
    ("the {role}s", "the {role}s"),
    ("the {adj} {noun}", "the {adj} {noun}"),
    ("{adj}", "{adj}"),
    ("{v1}", "{v0}"),
    ("{v1}", "{v0}"),
    ("{v1}", "{v1}"),
    ("{w0}s", "{w0}"),
    ("{v2}", "{v2}"),
    ("to {w0}", "to {w0}"),
    ("in {town}", "in {town}"),
    ("from {town}", "from {town}"),
    ("{place}", "{place}"),
    ("on {day}", "on {day}"),
)
JOINTS = """the a of in with for near has had was is were are will would can could did does not
always often once their his her its under on at by from that who which when while after before as
about it they we you and or so than into over never still again soon must may should said this
these every each no some all""".split()
LINKS = """is was are were will be|is|was|is|was|called|named|by|with|to|at|in|from|for|as|:|,|that|
of|on|about|into|it is|they are|has|have|gets|got|becomes|became|means|says|said|needs|wants|likes|
brings|gives|keeps|remains|lies|the one is|which is|known as|only|also""".replace("\n", "").split(
    "|"
)
ASKING = """What|What|Who|Where|Which|When|Why|How|What is|What was|What did|What does|Who is|Who
was|Where is|Where did|Where does|When did|When does|Why did|Why does|Why was|How did|How does|How
many|Which|For what|With whom|By whom|In which|Whose|To whom|From where|How much|How many|Tell me|Do
you remember|What should you do|How do you|Where can one""".replace("\n", " ").split("|")
KINDS = (
    NAMES,
    THINGS,
    PLACES,
    FIGURES,
    v.ANY,
    v.ANY,
    (v.moment,),
    (v.reason,),
    (v.task,),
    (v.aim,),
)


def invent(draw: random.Random) -> Template:
    """A statement of two to four pieces and an answer, and a question made of the same pieces."""
    pieces = draw.sample(PIECES, draw.randint(2, 4))
    late = draw.randint(0, 1) if len(pieces) > 2 else 0  # how many come after the answer
    said = [stated for stated, _ in pieces]
    early, tail = said[: len(said) - late], said[len(said) - late :]
    link = [draw.choice(LINKS)] if draw.random() < 0.7 else []
    statement = " ".join([*_joined(draw, early), *link, "{answer}", *tail]) + "."
    return Template(
        statement.replace(" ,", ",").replace(" :", ":"),
        tuple(_question(draw, [asked for _, asked in pieces]) for _ in range(2)),
        draw.choice(KINDS),
    )


def _question(draw: random.Random, pieces: list[str]) -> str:
    kept = [piece for piece in pieces if draw.random() < 0.9] or pieces
    if draw.random() < 0.4:
        draw.shuffle(kept)
    end = draw.choice("???.")
    return " ".join([draw.choice(ASKING), *_joined(draw, kept)]) + end


def _joined(draw: random.Random, pieces: list[str]) -> list[str]:
    """The pieces in their order, a small word between some of them."""
    found = []
    for piece in pieces:
        if draw.random() < 0.3:
            found.append(draw.choice(JOINTS))
        found.append(piece)
    return found
