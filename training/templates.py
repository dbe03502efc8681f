"""Templates: ways to state a fact and to ask for it."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from training import values as v
from training.words import Words

Kind = Callable[[random.Random, Words], str]

SLOTS: dict[str, Kind] = {
    "who": v.person,
    "who2": v.person,
    "the": lambda draw, words: f"the {v.thing(draw, words)}",
    "the2": lambda draw, words: f"the {v.thing(draw, words)}",
    "noun": v.noun,
    "adj": v.adjective,
    "town": v.town,
    "place": v.place,
    "attr": lambda draw, words: draw.choice(words.attributes),
    "role": lambda draw, words: draw.choice(words.people),
    "day": lambda draw, words: v.date(draw, words),
}


@dataclass(frozen=True)
class Fact:
    """A sentence in three parts, of which the middle one answers the question."""

    before: str
    answer: str
    after: str
    question: str

    @property
    def sentence(self) -> str:
        return self.before + self.answer + self.after


@dataclass(frozen=True)
class Template:
    """A statement with the slot {answer}, questions about it, and what kinds the answer can be."""

    statement: str
    questions: tuple[str, ...]
    kinds: tuple[Kind, ...]

    def slots(self, draw: random.Random, words: Words) -> dict[str, str]:
        """Words for every slot; v0, v1, v2 are the forms of one verb, w0 to w2 of another."""
        filled = {name: kind(draw, words) for name, kind in SLOTS.items()}
        for letter in "vw":
            filled |= {f"{letter}{i}": form for i, form in enumerate(v.verb(draw, words))}
        return filled

    def fact(self, draw: random.Random, words: Words, slots: dict[str, str]) -> Fact:
        answer = draw.choice(self.kinds)(draw, words)
        before, after = self.statement.split("{answer}")
        return Fact(
            before=capital(before.format(**slots)),
            answer=answer if before else capital(answer),
            after=after.format(**slots),
            question=capital(draw.choice(self.questions).format(**slots)),
        )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def parse(lines: str, kinds: tuple[Kind, ...]) -> list[Template]:
    """Lines 'statement | question | question', of one kind of answer."""
    found = []
    for line in lines.strip().splitlines():
        statement, *questions = (re.sub(r"\s+", " ", part).strip() for part in line.split("|"))
        found.append(Template(statement, tuple(questions), kinds))
    return found


NAMES = (v.maker, v.maker, v.name, v.title, v.jumble, v.script)
THINGS = (v.item, v.item, v.jumble, v.title)
PLACES = (v.place, v.place, lambda draw, words: f"in {v.town(draw, words)}")
FIGURES = (v.digits, v.digits, v.code, v.code)

TRAINING = [
    *parse(
        """
        the {attr} of {who} is {answer}. | What is the {attr} of {who}? | Tell me the {attr} of {who}.
        the {attr} of {the} is {answer}. | What is the {attr} of {the}? | What was the {attr} of {the}?
        the {attr} of {the} was {answer}. | What was the {attr} of {the}? | What is the {attr} of {the}?
        {who}'s {attr} is {answer}. | What is {who}'s {attr}? | What is the {attr} of {who}?
        for {who}, the {attr} is {answer}. | What is the {attr} for {who}? | What is the {attr} of {who}?
        in {town}, the {attr} of {the} is {answer}. | What is the {attr} of {the} in {town}?
        the {attr} {who} uses for {the} is {answer}. | What is the {attr} {who} uses for {the}? | Which {attr} does {who} use for {the}?
        the {attr} of {the} in {town} is {answer}. | What is the {attr} of {the} in {town}?
        a {attr} for {the} is {answer}. | What is a {attr} for {the}? | Name the {attr} for {the}.
        one {adj} {attr} of {who} is {answer}. | What is one {adj} {attr} of {who}? | Which is the {adj} {attr} of {who}?
        the {adj} {attr} is {answer}. | What is the {adj} {attr}? | Say the {adj} {attr}.
        remember that the {attr} of {who} is {answer}. | What is the {attr} of {who}?
        {noun} {noun}: {answer}. | What is said of {noun} {noun}? | What is {noun} {noun}?
        """,
        v.ANY,
    ),
    *parse(
        """
        the {role} of {town} is called {answer}. | What is the {role} of {town} called? | Who is the {role} of {town}?
        {the} was {v2} by {answer}. | Who {v1} {the}? | By whom was {the} {v2}?
        the {role} who {v1} {the} is {answer}. | Who is the {role} who {v1} {the}? | What is the name of the {role} who {v1} {the}?
        the {role} who {v1} {the} was {answer}. | Who was the {role} who {v1} {the}? | Who {v1} {the}?
        {the} {place} is named {answer}. | What is {the} {place} named? | What is the name of {the} {place}?
        people call {the} of {town} {answer}. | What do people call {the} of {town}?
        {the} of {who} belongs to {answer}. | To whom does {the} of {who} belong? | Who owns {the} of {who}?
        {the} {place} was named {answer}. | What was {the} {place} named?
        it was {answer} who {v1} {the}. | Who {v1} {the}? | Who was it who {v1} {the}?
        {who} named {the} {answer}. | What did {who} name {the}? | What is {the} of {who} named?
        {who} married {answer}. | Whom did {who} marry? | Who married {who}?
        {who} was taught by {answer}. | Who taught {who}? | By whom was {who} taught?
        the {adj} {role} is called {answer} by everyone in {town}. | What is the {adj} {role} called in {town}? | What does everyone in {town} call the {adj} {role}?
        """,
        NAMES,
    ),
    *parse(
        """
        {who} {v1} {answer}. | What did {who} {v0}?
        {who} {v1} {answer} in {town}. | What did {who} {v0} in {town}?
        in {town} {who} {v1} {answer}. | What did {who} {v0} in {town}?
        {who} always {v1} {answer} before dinner. | What did {who} always {v0} before dinner?
        {the} is full of {answer}. | What is {the} full of? | Of what is {the} full?
        {who} wants {answer}. | What does {who} want?
        {the} holds {answer}. | What does {the} hold? | What is in {the}?
        {the} {place} hides {answer}. | What does {the} {place} hide? | What is hidden by {the} {place}?
        with {the}, {who} {v1} {answer}. | What did {who} {v0} with {the}?
        {who} is afraid of {answer}. | What is {who} afraid of? | Of what is {who} afraid?
        {who} works as {answer}. | What does {who} work as? | How does {who} earn money?
        {who} traded {the} for {answer}. | What did {who} trade {the} for? | For what did {who} trade {the}?
        """,
        THINGS,
    ),
    *parse(
        """
        {who} hid {the} {answer}. | Where did {who} hide {the}?
        {the} stands {answer}. | Where does {the} stand? | Where is {the}?
        {who} {v1} {the} {answer}. | Where did {who} {v0} {the}?
        {who} lives {answer}. | Where does {who} live?
        {the} of {who} is {answer}. | Where is {the} of {who}? | Where can one find {the} of {who}?
        {who} and {who2} met {answer}. | Where did {who} and {who2} meet?
        you will find {the} {answer}. | Where will you find {the}? | Where is {the}?
        {who} was seen {answer}. | Where was {who} seen?
        {who} decided to {v0} {the} {answer}. | Where did {who} decide to {v0} {the}?
        the {adj} {role} sleeps {answer}. | Where does the {adj} {role} sleep?
        the way to {the} begins {answer}. | Where does the way to {the} begin?
        {the} was {v2} {answer}. | Where was {the} {v2}?
        """,
        PLACES,
    ),
    *parse(
        """
        {the} has the number {answer}. | What number does {the} have? | Which number has {the}?
        the {noun} of {who} is registered as {answer}. | As what is the {noun} of {who} registered? | How is the {noun} of {who} registered?
        to call {who}, dial {answer}. | What do you dial to call {who}? | What number calls {who}?
        the code {answer} opens {the}. | Which code opens {the}? | What is the code that opens {the}?
        {the} opens with {answer}. | With what does {the} open? | How does {the} open?
        {who} wrote {answer} on {the}. | What did {who} write on {the}?
        {the} {place} is marked {answer}. | How is {the} {place} marked? | What is {the} {place} marked?
        the {attr} is {answer}. | What is the {attr}? | Give the {attr}.
        the {adj} {noun} is {answer}. | What is the {adj} {noun}?
        """,
        FIGURES,
    ),
    *parse(
        """
        {the} has {answer}. | How many does {the} have? | What does {the} have?
        {who} owns {answer}. | How many does {who} own? | What does {who} own?
        {the} costs {answer}. | What does {the} cost? | How much does {the} cost?
        {who} {v1} {answer} in {town}. | How many did {who} {v0} in {town}? | How much did {who} {v0} in {town}?
        {the} of {town} weighs {answer}. | How much does {the} of {town} weigh?
        it takes {answer} to {v0} {the}. | What does it take to {v0} {the}? | How much does it take to {v0} {the}?
        """,
        (v.amount,),
    ),
    *parse(
        """
        {who} {v1} {the} {answer}. | When did {who} {v0} {the}?
        {the} was {v2} {answer}. | When was {the} {v2}?
        {who} visits {town} {answer}. | When does {who} visit {town}?
        {the} in {town} closes {answer}. | When does {the} in {town} close?
        {who} will {v0} {the} {answer}. | When will {who} {v0} {the}?
        {the} will be {v2} again {answer}. | When will {the} be {v2} again?
        the {role} comes to {town} {answer}. | When does the {role} come to {town}?
        the wedding of {who} and {who2} is {answer}. | When is the wedding of {who} and {who2}?
        """,
        (v.moment,),
    ),
    *parse(
        """
        {who} was born on {answer}. | On what day was {who} born? | When was {who} born?
        {the} is dated {answer}. | What date does {the} bear? | How is {the} dated? | What is the date of {the}?
        the {noun} of {who} dates from {answer}. | From when does the {noun} of {who} date?
        """,
        (v.date,),
    ),
    *parse(
        """
        {who} {v1} {the} {answer}. | Why did {who} {v0} {the}?
        {the} was {v2} {answer}. | Why was {the} {v2}?
        {who} never {v1} {the} {answer}. | Why did {who} never {v0} {the}?
        {who} left {town} {answer}. | Why did {who} leave {town}?
        {the} is {adj} {answer}. | Why is {the} {adj}?
        {who} started to {v0} {the} {answer}. | Why did {who} start to {v0} {the}?
        {the} {place} stays {adj} {answer}. | Why does {the} {place} stay {adj}?
        {who} was late {answer}. | Why was {who} late?
        """,
        (v.reason,),
    ),
    *parse(
        """
        to {v0} {the}, {answer}. | How do you {v0} {the}? | How can one {v0} {the}?
        if {the} is {adj}, {answer}. | What should you do if {the} is {adj}?
        when {who} comes, {answer}. | What should you do when {who} comes? | What do you do when {who} comes?
        after you {v0} {the}, {answer}. | What should you do after you {v0} {the}?
        before {who} can {v0} {the}, {answer}. | What must happen before {who} can {v0} {the}? | What should you do before {who} can {v0} {the}?
        in order to {v0} {the}, {answer}. | What do you do in order to {v0} {the}? | How do you {v0} {the}?
        """,
        (v.task,),
    ),
    *parse(
        """
        {who} plans {answer}. | What does {who} plan to do? | What does {who} plan?
        the {adj} thing to do in {town} is {answer}. | What is the {adj} thing to do in {town}?
        the {attr} of {who} is {answer}. | What is the {attr} of {who}?
        {who} promised {answer}. | What did {who} promise to do? | What did {who} promise?
        on {day} {who} hopes {answer}. | What does {who} hope to do on {day}?
        {who} came to {town} {answer}. | Why did {who} come to {town}? | What did {who} come to {town} to do?
        every {role} in {town} wants {answer}. | What does every {role} in {town} want to do?
        """,
        (v.aim,),
    ),
]
