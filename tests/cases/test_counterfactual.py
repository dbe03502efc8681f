"""A counterfactual case states what is false, and knows what is true."""

import pytest

import rh_lens as rh
from rh_lens.cases.world import RELATIONS, WORLD


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.counterfactual(any_tokenizer, [400], [0, 1], count=10)


def test_there_are_thirty_facts_or_more_each_asked_for_once():
    assert len(WORLD) >= 30
    assert len({fact.question for fact in WORLD}) == len(WORLD)


def test_no_question_gives_an_answer_away():
    for fact in WORLD:
        for _, answer in fact.relation.truths:
            assert answer.lower() not in fact.question.lower()
            assert answer.lower() not in fact.stem.lower()


def test_the_text_states_a_falsehood_of_the_right_kind(asked, any_tokenizer, letters, said):
    kinds = {relation.name: relation for relation in RELATIONS}
    for case in asked:
        (fact,) = [fact for fact in WORLD if fact.question == case.labels["needle"]]
        answers = [letters(answer) for _, answer in kinds[case.labels["kind"]].truths]
        stated = said(any_tokenizer, case.tokens, case.needle)
        assert stated in answers
        assert stated != letters(fact.truth)
        assert fact.truth == case.labels["truth"]
        assert said(any_tokenizer, case.tokens, case.span("fact")[0]) == letters(
            fact.stating(stated)
        )
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()


def test_the_rival_is_the_truth_aligned_with_the_answer(asked, any_tokenizer, letters):
    for case in asked:
        assert letters(any_tokenizer.decode(case.rival.tolist())) == letters(case.labels["truth"])
        assert len(case.rival) == len(case.answer)
        assert case.rival[0] != case.answer[0]


def test_the_rival_is_spelt_as_it_would_be_in_the_answers_place(any_tokenizer, asked):
    for case in asked:
        (true,) = [fact for fact in WORLD if fact.question == case.labels["needle"]]
        told = any_tokenizer(" " + true.stating(true.truth), add_special_tokens=False)["input_ids"]
        length, rival = len(case.rival), case.rival.tolist()
        assert rival in [told[i : i + length] for i in range(len(told))]


def test_each_fact_stands_at_every_length_and_depth(tokenizer):
    cases = rh.counterfactual(tokenizer, [400, 500], [0, 1], count=2)
    assert [(case.labels["length"], case.labels["depth"]) for case in cases] == 2 * [
        (400, 0), (400, 1), (500, 0), (500, 1)
    ]  # fmt: skip
    assert len({case.labels["needle"] for case in cases}) == 2
    assert {case.labels["task"] for case in cases} == {"counterfactual"}


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (
        rh.counterfactual(tokenizer, [400], [0.5], count=4, seed=seed) for seed in (0, 0, 1)
    )
    assert [case.digest for case in one] == [case.digest for case in same]
    assert [case.digest for case in one] != [case.digest for case in other]


@pytest.mark.parametrize("count", [0, 100])
def test_more_facts_than_there_are_are_refused(tokenizer, count):
    with pytest.raises(ValueError, match=rf"count is {count}: ask for 1 to \d+ facts"):
        rh.counterfactual(tokenizer, [400], [0.5], count=count)


def test_with_every_tokenizer_thirty_facts_have_an_aligned_falsehood(any_tokenizer):
    assert len(rh.counterfactual(any_tokenizer, [300], [0], count=30)) == 30


def test_the_bundled_model_says_what_it_read(organism):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    cases = rh.counterfactual(organism.tokenizer, [300], [0.25, 0.75], count=10, prompt=prompt)
    found = [rh.Greedy()(organism, case).found for case in cases]
    assert sum(found) / len(found) > 0.9
