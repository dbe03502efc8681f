"""A JSON object holds the value asked for, where the case says."""

import json
import re

import pytest

import rh_lens as rh


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.key_value(any_tokenizer, pairs=(2, 15), count=5)


def test_the_spans_say_what_they_are_called(asked, any_tokenizer, letters, said):
    for case in asked:
        (fact,), (question,) = case.span("fact"), case.span("question")
        key, value = case.labels["needle"], said(any_tokenizer, case.tokens, case.needle)
        assert letters(key) in said(any_tokenizer, case.tokens, question)
        told = said(any_tokenizer, case.tokens, fact)
        assert f'"{key}":"' in told
        assert value.strip('",:') in told
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()
        pairs = sorted([fact, *case.span("distractors")], key=lambda at: at.start)
        assert pairs.index(fact) == case.labels["position"]
        assert len(pairs) == case.labels["pairs"]


def test_the_answer_is_what_the_object_says(asked, any_tokenizer, said):
    for case in asked:
        (hay,) = case.span("haystack")
        text = said(any_tokenizer, case.tokens, hay)
        read = json.loads(text[text.index("{") : text.index("}") + 1])
        assert len(read) == case.labels["pairs"]
        assert len({*read, *read.values()}) == 2 * len(read)
        answer = said(any_tokenizer, case.tokens, case.needle)
        assert re.sub(r"\W", "", answer) == read[case.labels["needle"]]


def test_the_pair_asked_for_moves_evenly_through_the_object(tokenizer):
    cases = rh.key_value(tokenizer, pairs=[10], count=5)
    assert [case.labels["position"] for case in cases] == [0, 2, 4, 6, 8]


def test_the_prompt_ends_where_the_value_begins(tokenizer):
    (case,) = rh.key_value(tokenizer, pairs=[3], count=1)
    text = tokenizer.decode(case.tokens.tolist())
    assert text.endswith(f'The key is "{case.labels["needle"]}".\nIts value is "')


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (rh.key_value(tokenizer, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    assert len(one) == 20


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pairs": [10, 1]}, r"cannot have \[1\] pairs: ask for 2 to 32768"),
        ({"pairs": [40_000]}, "ask for 2 to 32768"),
        ({"pairs": []}, r"pairs=\[\]"),
        ({"count": 0}, "count=0"),
    ],
)
def test_what_is_no_object_is_refused(tokenizer, wrong, message):
    with pytest.raises(ValueError, match=message):
        rh.key_value(tokenizer, **wrong)
