"""Facts and questions made by turning a clause about, or from the longer list of templates."""

import random
import re

import pytest

from training import text, words
from training.clauses import turned
from training.lists import BROAD

DRAWS = 300
PLAIN = {"that", "this", "what", "when", "wher", "whom", "whic", "with", "from", "were", "have"}


@pytest.fixture(scope="module", params=[False, True], ids=["seen", "held out"])
def bank(request):
    return words.split(words.mine(text.training()), held_out=request.param)


@pytest.fixture(scope="module", params=["turned", "broad"])
def facts(request, bank):
    """(template, its words, fact), each drawn with another seed."""
    found = []
    for seed in range(DRAWS):
        draw = random.Random(seed)
        template = turned(draw, bank) if request.param == "turned" else draw.choice(BROAD)
        slots = template.slots(draw, bank)
        found.append((template, slots, template.fact(draw, bank, slots)))
    return found


def test_every_slot_is_filled_and_every_sentence_ends(facts):
    for _, _, fact in facts:
        assert not set("{}") & set(fact.sentence + fact.question)
        assert fact.sentence.endswith(".")
        assert re.fullmatch(r".*[?.]", fact.question)
        assert "  " not in fact.sentence + fact.question


def telling(text):
    """The beginnings of its longer words."""
    return {word[:4] for word in re.findall(r"[a-z]{4,}", text.lower())} - PLAIN


def test_a_question_shares_with_its_fact_what_no_other_fact_has(facts):
    """A slot or a word of its own, or nothing would tell which of several facts is asked for."""
    for template, slots, fact in facts:
        said = {word for word in slots.values() if word.lower() in fact.sentence.lower()}
        asked = {word for word in said if word.lower() in fact.question.lower()}
        assert asked or telling(fact.sentence) & telling(fact.question), (template, fact.question)


def test_no_question_gives_its_answer_away(facts):
    told = [fact for _, _, fact in facts if fact.answer.lower() in fact.question.lower()]
    assert len(told) < DRAWS / 100  # the doer and the answer may be drawn alike


def test_clauses_differ_in_how_they_are_stated_and_asked(bank):
    made = [turned(random.Random(seed), bank) for seed in range(DRAWS)]
    assert len({template.statement for template in made}) > 0.95 * DRAWS
    assert any(template.statement.split("{answer}")[1] != "." for template in made)
    assert len({template.questions[0].split()[0] for template in made}) > 10
