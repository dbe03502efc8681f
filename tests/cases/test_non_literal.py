"""A non-literal needle shares no content word with its question."""

import re

import pytest

import rh_lens as rh
from rh_lens.cases.non_literal import ASSOCIATIONS

GRAMMAR = re.compile(
    r"\b(a|an|and|as|at|before|by|can|cannot|for|from|has|have|in|is|no|not|of|on|or|past|since"
    r"|the|there|to|under|up|was|who|whose|with|would)\b"
)


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.non_literal(any_tokenizer, [400], [0, 1], count=20)


def content(text):
    """Beginnings of the words that mean something: "drinks" and "drink" are one."""
    return {word[:4] for word in re.findall(r"[a-z]+", GRAMMAR.sub(" ", text.lower()))}


def test_there_are_twenty_associations_or_more_all_different():
    assert len(ASSOCIATIONS) >= 20
    assert len({fact for fact, _ in ASSOCIATIONS}) == len(ASSOCIATIONS)
    assert len({question for _, question in ASSOCIATIONS}) == len(ASSOCIATIONS)


@pytest.mark.parametrize(("fact", "question"), ASSOCIATIONS)
def test_fact_and_question_share_no_content_word(fact, question):
    assert content(question)
    assert content(fact) & content(question) == set()


def test_the_spans_say_what_they_are_called(asked, any_tokenizer, letters, said):
    for case in asked:
        question = case.labels["needle"]
        (template,) = [fact for fact, other in ASSOCIATIONS if other == question]
        name = said(any_tokenizer, case.tokens, case.needle)
        assert said(any_tokenizer, case.tokens, case.span("fact")[0]) == letters(
            template.format(name)
        )
        assert said(any_tokenizer, case.tokens, case.span("question")[0]) == letters(question)
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()
        assert case.labels["task"] == "non_literal"


def test_every_association_is_about_somebody_else(asked, any_tokenizer, said):
    names = {said(any_tokenizer, case.tokens, case.needle) for case in asked}
    assert len(names) == 20
    assert len(asked) == 40


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (
        rh.non_literal(tokenizer, [400], [0.5], count=4, seed=seed) for seed in (0, 0, 1)
    )
    assert [case.digest for case in one] == [case.digest for case in same]
    assert [case.digest for case in one] != [case.digest for case in other]


@pytest.mark.parametrize("count", [0, 25])
def test_more_or_fewer_associations_than_there_are_are_refused(tokenizer, count):
    with pytest.raises(ValueError, match=f"count is {count}: ask for 1 to 24"):
        rh.non_literal(tokenizer, [400], [0.5], count=count)
