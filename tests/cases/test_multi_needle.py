"""Magic numbers stand in the text under the keys by which they are asked for."""

import re
from itertools import pairwise

import pytest

import rh_lens as rh

TASKS = {"multi_key": rh.multi_key, "multi_value": rh.multi_value, "multi_query": rh.multi_query}


@pytest.fixture(scope="module", params=list(TASKS))
def task(request):
    return request.param


@pytest.fixture(scope="module")
def asked(task, any_tokenizer):
    return TASKS[task](any_tokenizer, [1200, 900], count=4)


def stated(text):
    """Key and number of every sentence, in order."""
    return re.findall(r"aluckynumberofthe([a-z]+?)is(\d{7})\.", text)


def test_the_answer_is_what_the_text_states_of_the_keys_asked_for(
    asked, any_tokenizer, letters, said
):
    for case in asked:
        told = stated(letters(any_tokenizer.decode(case.tokens.tolist())))
        (question,) = case.span("question")
        keys = re.search(r"luckynumbers?ofthe(.*)\?", said(any_tokenizer, case.tokens, question))[
            1
        ].split(",")
        assert len(told) == 4
        assert ",".join(keys) == letters(case.labels["needle"])
        wanted = [number for key in keys for other, number in told if key == other]
        assert letters(any_tokenizer.decode(case.answer.tolist())) == ",".join(wanted)
        assert said(any_tokenizer, case.tokens, case.needle) == wanted[0]
        assert told[case.labels["position"]][1] == wanted[0]
        assert len(wanted) == case.labels["asked"]


def test_each_sentence_is_a_fact_or_a_distractor(asked, any_tokenizer, said, task):
    for case in asked:
        facts, others = case.span("fact"), case.spans.get("distractors", ())
        assert (len(facts), len(others)) == ((1, 3) if task == "multi_key" else (4, 0))
        sentences = sorted([*facts, *others], key=lambda at: at.start)
        texts = [said(any_tokenizer, case.tokens, at) for at in sentences]
        assert all(len(stated(text)) == 1 for text in texts)
        whole = stated(said(any_tokenizer, case.tokens, case.span("haystack")[0]))
        assert [pair for text in texts for pair in stated(text)] == whole
        assert any(case.needle.start in fact for fact in facts)


def test_no_two_sentences_touch(asked, any_tokenizer, said):
    for case in asked:
        at = sorted([*case.span("fact"), *case.spans.get("distractors", ())], key=lambda s: s.start)
        for one, other in pairwise(at):
            assert re.search(r"\w", said(any_tokenizer, case.tokens, range(one.stop, other.start)))


@pytest.mark.parametrize("name", ["multi_value", "multi_query"])
def test_the_answers_are_marked_in_the_order_asked(any_tokenizer, letters, said, name):
    for case in TASKS[name](any_tokenizer, [900], count=3):
        numbers = [said(any_tokenizer, case.tokens, at) for at in case.span("answers")]
        assert ",".join(numbers) == letters(any_tokenizer.decode(case.answer.tolist()))
        assert case.span("answers")[0] == case.needle


def test_prompts_are_as_long_as_asked_for_and_of_the_same_numbers(asked):
    for longer, shorter in zip(asked[::2], asked[1::2], strict=True):
        assert longer.labels["needle"] == shorter.labels["needle"]
        for case, length in ((longer, 1200), (shorter, 900)):
            assert 0.98 * length <= len(case) <= length
            assert case.labels["length"] == length


def test_the_key_asked_for_moves_evenly_through_the_text(tokenizer):
    cases = rh.multi_key(tokenizer, [800], keys=3, count=6)
    assert [case.labels["position"] for case in cases] == [0, 0, 1, 1, 2, 2]


def test_the_key_can_be_cut_out_of_its_text(tokenizer):
    cases = rh.multi_key(tokenizer, [800], count=2)
    for case, cut in zip(cases, rh.without_needle(cases), strict=True):
        text = tokenizer.decode(cut.tokens.tolist())
        assert tokenizer.decode(case.answer.tolist()).strip() not in text
        assert all(
            "lucky number of the" in _text(tokenizer, cut, at) for at in cut.span("distractors")
        )


def _text(tokenizer, case, at):
    return tokenizer.decode(case.tokens[at.start : at.stop].tolist())


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer, task):
    one, same, other = (TASKS[task](tokenizer, [800], count=3, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    assert {case.labels["task"] for case in one} == {task}


def test_what_cannot_be_asked_is_refused(tokenizer):
    with pytest.raises(ValueError, match=r"got 1 numbers .* ask for 2 to 400"):
        rh.multi_value(tokenizer, [800], values=1)
    with pytest.raises(ValueError, match="count=0"):
        rh.multi_query(tokenizer, [800], count=0)
    with pytest.raises(ValueError, match="0 lengths"):
        rh.multi_key(tokenizer, [])
    with pytest.raises(ValueError, match=r"only \d of 12 sentences end there .* a greater length"):
        rh.multi_key(tokenizer, [650], keys=12, count=1)
