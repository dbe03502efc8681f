"""A pass key stands once in its prompt, at its depth."""

import re

import pytest

import rh_lens as rh


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.passkey(any_tokenizer, [300, 600], [0, 1], count=2)


def test_the_answer_is_the_key_that_the_text_states(asked, any_tokenizer, letters, said):
    for case in asked:
        text = letters(any_tokenizer.decode(case.tokens.tolist()))
        (key,) = re.findall(r"thepasskeyis(\d{5})\.", text)
        assert said(any_tokenizer, case.tokens, case.needle) == key == case.labels["needle"]
        assert text.count(key) == 1
        assert text.endswith("whatisthepasskey?thepasskeyis")
        (fact,) = case.span("fact")
        assert said(any_tokenizer, case.tokens, fact) == f"thepasskeyis{key}."
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()


def test_every_case_has_its_own_key(asked):
    assert len({case.labels["needle"] for case in asked}) == len(asked) == 8


def test_lengths_and_depths_are_those_asked_for(asked):
    grid = [(case.labels["length"], case.labels["depth"]) for case in asked]
    assert grid == [(n, d) for n in (300, 600) for d in (0, 1) for _ in range(2)]
    for case in asked:
        assert 0.98 * case.labels["length"] <= len(case) <= case.labels["length"]
        assert case.labels["task"] == "passkey"
        assert abs(case.labels["realised_depth"] - case.labels["depth"]) < 0.3


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (
        rh.passkey(tokenizer, [300], [0.5], count=4, seed=seed) for seed in (0, 0, 1)
    )
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}


@pytest.mark.parametrize(
    ("lengths", "depths", "count", "message"),
    [
        ([], [0.5], 1, "0 lengths"),
        ([300], [2], 1, "give numbers from 0 to 1"),
        ([300], [0.5], 0, "0 needles"),
        ([20], [0.5], 1, "20 tokens cannot hold .* a greater length"),
    ],
)
def test_what_cannot_be_hidden_is_refused(tokenizer, lengths, depths, count, message):
    with pytest.raises(ValueError, match=message):
        rh.passkey(tokenizer, lengths, depths, count=count)


def test_another_haystack_can_hold_the_key(tokenizer):
    hay = rh.Haystack("The grass is green. The sky is blue. " * 100)
    (case,) = rh.passkey(tokenizer, [300], [0.5], count=1, haystack=hay)
    assert "The grass is green." in tokenizer.decode(case.tokens.tolist())


def test_the_bundled_model_finds_the_key_with_the_prompt_it_learnt(organism):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    cases = rh.passkey(organism.tokenizer, [300], [0.25, 0.75], count=10, prompt=prompt)
    found = [rh.Greedy()(organism, case).found for case in cases]
    assert sum(found) / len(found) > 0.9
