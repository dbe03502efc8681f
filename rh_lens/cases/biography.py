"""Biography: the short life of an invented person."""

import random
from dataclasses import dataclass

from rh_lens.cases.invented import ADJECTIVES, FIRST_NAMES, NOUNS, SURNAMES
from rh_lens.cases.needle import Needle
from rh_lens.cases.passage import Passage, stating

CRAFTS = ("bell", "boat", "brush", "clock", "glove", "harp", "ladder", "map", "rope", "saddle")
TRADES = (
    "buyer", "collector", "dealer", "designer", "inspector", "maker", "painter", "repairer",
    "tester", "vendor",
)  # fmt: skip
VILLAGES = ("Ash", "Brook", "Copper", "Elder", "Fox", "Hazel", "Mill", "Otter", "Raven", "Stone")
ENDINGS = ("bridge", "bury", "combe", "dale", "field", "ford", "haven", "ley", "mere", "wick")
COOKED = (
    "baked", "candied", "dried", "fried", "grilled", "pickled", "roasted", "salted", "smoked",
    "stewed",
)  # fmt: skip
FOODS = (
    "beets", "eels", "figs", "herrings", "leeks", "mushrooms", "onions", "pears", "plums",
    "walnuts",
)  # fmt: skip
ATTRIBUTES = (  # how a biography states it, how one asks for it, what it can be
    (
        "{} was born in the village of {}.",
        "In which village was {} born?",
        [village + ending for village in VILLAGES for ending in ENDINGS],
    ),
    (
        "{} earns a living as a {}.",
        "How does {} earn a living?",
        [f"{craft} {trade}" for craft in CRAFTS for trade in TRADES],
    ),
    (
        "{} moved to the coast in the year {}.",
        "In which year did {} move to the coast?",
        [str(year) for year in range(1850, 1990)],
    ),
    (
        "{} owns a boat named the {}.",
        "What is the boat of {} named?",
        [f"{one.title()} {other.title()}" for one in ADJECTIVES for other in NOUNS],
    ),
    (
        "The favourite dish of {} is {}.",
        "What is the favourite dish of {}?",
        [f"{how} {what}" for how in COOKED for what in FOODS],
    ),
)
MOST = min(len(values) for _, _, values in ATTRIBUTES)  # people who differ in every attribute


@dataclass(frozen=True)
class Biography:
    """A person's name, and one value for each of the attributes."""

    name: str
    values: tuple[str, ...]

    def needle(self, attribute: int) -> Needle:
        """The fact that states one attribute."""
        statement, question, _ = ATTRIBUTES[attribute]
        value = self.values[attribute]
        return Needle(statement.format(self.name, value), question.format(self.name), value)

    def passage(self, order: list[int], asked: int | None = None) -> Passage:
        """A titled paragraph of all attributes in the order given, the one asked for marked."""
        text = Passage(f"(Title: {self.name})")
        for attribute in order:
            needle = self.needle(attribute)
            told = stating(needle.fact, needle.answer)
            text += Passage(" ") + (told if attribute == asked else Passage(told.text))
        return text


def biographies(draw: random.Random, count: int, namesakes: int) -> list[Biography]:
    """People without a name or attribute in common, but for the surname of the first few.

    Args:
        namesakes: How many of those that follow the first person bear that person's surname.
    """
    surname = draw.choice(SURNAMES)
    family = [f"{name} {surname}" for name in draw.sample(FIRST_NAMES, 1 + namesakes)]
    others = [f"{name} {other}" for name in FIRST_NAMES for other in SURNAMES if other != surname]
    names = family + draw.sample(others, count - len(family))
    values = zip(*(draw.sample(values, count) for _, _, values in ATTRIBUTES), strict=True)
    return [Biography(name, each) for name, each in zip(names, values, strict=True)]
