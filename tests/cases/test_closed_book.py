"""A closed-book case does not hold its answer."""

import pytest

import rh_lens as rh
from rh_lens.cases.world import WORLD


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.closed_book(any_tokenizer, [200, 400], count=len(WORLD))


def test_the_answer_is_the_truth_and_nowhere_in_the_prompt(asked, any_tokenizer, letters, said):
    for case in asked:
        (fact,) = [fact for fact in WORLD if fact.question == case.labels["needle"]]
        assert letters(any_tokenizer.decode(case.answer.tolist())) == letters(fact.truth)
        words = any_tokenizer.decode(case.tokens.tolist()).lower().replace(".", " ").split()
        assert fact.truth.lower() not in words
        assert case.needle == range(0)
        assert "fact" not in case.spans


def test_the_spans_say_what_they_are_called(asked, any_tokenizer, letters, said, haystack):
    text = letters(haystack.text[:20_000])
    for case in asked:
        (hay,), (question,) = case.span("haystack"), case.span("question")
        assert said(any_tokenizer, case.tokens, question) == letters(case.labels["needle"])
        assert text.startswith(said(any_tokenizer, case.tokens, hay))
        assert 0.98 * case.labels["length"] <= len(case) <= case.labels["length"]


def test_a_prompt_ends_with_the_words_before_the_answer(byte_level):
    for case in rh.closed_book(byte_level, [200]):
        (fact,) = [fact for fact in WORLD if fact.question == case.labels["needle"]]
        text = byte_level.decode([*case.tokens.tolist(), *case.answer.tolist()])
        assert (text + ".").endswith(fact.stating(fact.truth))


def test_a_haystack_that_answers_is_refused(tokenizer):
    cities = " ".join(f"{fact.truth} is nice." for fact in WORLD)
    with pytest.raises(ValueError, match=r"the haystack holds '\w+', the answer to .* another"):
        rh.closed_book(tokenizer, [300], haystack=rh.Haystack(cities * 20), count=10)


def test_a_closed_book_case_has_no_score_of_copying(organism):
    cases = rh.closed_book(organism.tokenizer, [200], count=2)
    scores = rh.score_heads(organism, cases, rh.RetrievalScore(), answering=rh.TeacherForced())
    assert scores.values.isnan().all()


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (rh.closed_book(tokenizer, [200], count=5, seed=s) for s in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert [case.digest for case in one] != [case.digest for case in other]
    assert one[0].labels["task"] == "closed_book"


@pytest.mark.parametrize(("count", "message"), [(0, "0 needles"), (1000, "ask for 1 to 59 facts")])
def test_more_facts_than_there_are_are_refused(tokenizer, count, message):
    with pytest.raises(ValueError, match=message):
        rh.closed_book(tokenizer, [200], count=count)
