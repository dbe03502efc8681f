"""A disguised template has other words where statement and question share one."""

import random
import re

import pytest

from training import text, words
from training.disguise import content, disguised
from training.lists import BROAD, CLEAN, HELD_OUT, MORE, WATCHED
from training.templates import Template
from training.values import ANY

PLUMBER = Template(
    "in {town} {who} taught plumbing to {answer} under the bridge.",
    ("To whom did the plumber {who} teach it in {town}?", "Who is under the bridge with {who}?"),
    ANY,
)


@pytest.fixture(scope="module")
def bank():
    return words.split(words.mine(text.training()), held_out=False)


def test_forms_of_one_word_change_together_and_all_else_stays(bank, monkeypatch):
    monkeypatch.setattr("training.disguise.SHARE", 1.0)
    kept = re.compile(
        r"in {town} {who} taught (\w+)ing to {answer} under the (\w+)\. "
        r"To whom did the (\w+)er {who} teach it in {town}\? Who is under the (\w+) with {who}\?"
    )
    for seed in range(20):
        found = disguised(random.Random(seed), PLUMBER, bank)
        whole = " ".join([found.statement, *found.questions])
        plumb, bridge, *again = kept.fullmatch(whole).groups()
        assert again == [plumb, bridge]
        assert (plumb, bridge) != ("plumb", "bridge")


def test_slots_of_every_listed_template_survive(bank):
    draw = random.Random(0)
    for template in BROAD:
        found = disguised(draw, template, bank)
        filled = found.fact(draw, bank, found.slots(draw, bank))
        assert filled.answer in filled.sentence
        assert "{" not in filled.sentence + filled.question


def test_a_share_of_the_words_stays_what_it_was(bank):
    draw = random.Random(0)
    seen = {disguised(draw, PLUMBER, bank).statement.split()[-1] == "bridge." for _ in range(40)}
    assert seen == {True, False}


def test_no_template_that_joined_later_repeats_one_that_is_kept_out():
    """Half of the longer words of one, and two at least, would be a repetition."""
    kept_out = [content(template.statement) for template in (*CLEAN, *HELD_OUT, *WATCHED)]
    for template in MORE:
        own = content(template.statement)
        for other in kept_out:
            shared = len(own & other)
            assert shared < 2 or 2 * shared < min(len(own), len(other)), template.statement
