"""Repeated random tokens are drawn from ordinary ids and repeat as often as they say."""

import pytest
import torch

import rh_lens as rh


@pytest.fixture(scope="module", params=[2, 4])
def times(request):
    return request.param


@pytest.fixture(scope="module")
def repeated(any_tokenizer, times):
    return rh.repeats(any_tokenizer, length=20, count=5, times=times, seed=3)


def test_prompt_and_answer_are_bos_and_the_sequence_as_often_as_asked(
    repeated, any_tokenizer, times
):
    for case in repeated:
        whole = torch.cat([case.tokens, case.answer]).tolist()
        assert whole == [any_tokenizer.bos_token_id, *case.answer.tolist() * times]


def test_each_copy_in_the_prompt_is_the_answer_and_the_needle_is_the_last(repeated, times):
    for case in repeated:
        copies = case.span("copies")
        assert len(copies) == times - 1
        assert case.needle == copies[-1]
        assert copies[-1].stop == len(case)
        for copy in copies:
            assert case.tokens[list(copy)].tolist() == case.answer.tolist()


def test_a_sequence_has_different_tokens_none_of_them_special(repeated, any_tokenizer):
    for case in repeated:
        drawn = case.answer.tolist()
        assert len(set(drawn)) == 20
        assert not set(drawn) & set(any_tokenizer.all_special_ids)
        assert max(drawn) < len(any_tokenizer)


def test_added_tokens_are_not_ordinary(byte_level):
    before = rh.repeats(byte_level, length=1999, count=1)[0].answer.tolist()
    assert sorted(before) == [i for i in range(2000) if i != byte_level.bos_token_id]
    with pytest.raises(ValueError, match="2000 different tokens cannot be drawn from 1999"):
        rh.repeats(byte_level, length=2000, count=1)


def test_a_seed_gives_the_same_sequences_and_another_seed_others(tokenizer):
    one, same, other = (rh.repeats(tokenizer, seed=seed, count=3) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}


def test_more_cases_begin_with_the_same_ones(tokenizer):
    few, many = (rh.repeats(tokenizer, count=count) for count in (2, 6))
    assert [case.digest for case in many[:2]] == [case.digest for case in few]


def test_the_first_sequence_is_the_same_on_every_machine(byte_level):
    (case,) = rh.repeats(byte_level, length=5, count=1)
    assert case.answer.tolist() == [1730, 789, 1553, 1824, 862]


def test_every_sequence_is_a_needle_of_its_own(tokenizer):
    cases = rh.repeats(tokenizer, count=4) + rh.repeats(tokenizer, count=4, seed=1)
    assert len({case.labels["needle"] for case in cases}) == 8
    assert cases[0].labels == {
        "task": "repeats",
        "length": 50,
        "times": 2,
        "seed": 0,
        "needle": "sequence 0 of seed 0",
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"times": 1}, "times=1: ask for at least one sequence, said twice"),
        ({"count": 0}, "count=0"),
        ({"length": 0}, "0 different tokens cannot be drawn"),
        ({"length": 5000}, "5000 different tokens cannot be drawn from 2045 ordinary ones"),
    ],
)
def test_what_cannot_be_repeated_is_refused(tokenizer, wrong, message):
    with pytest.raises(ValueError, match=message):
        rh.repeats(tokenizer, **wrong)


def test_the_bundled_model_can_say_a_sequence_again(organism):
    right = []
    for case in rh.repeats(organism.tokenizer, length=20, count=10):
        with torch.inference_mode():
            logits = organism(torch.cat([case.tokens, case.answer])[None])[0]
        said = logits[len(case) : -1].argmax(dim=-1)  # the first token cannot be known
        right.append((said == case.answer[1:]).float().mean().item())
    assert sum(right) / len(right) > 0.8
