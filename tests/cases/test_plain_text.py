"""Ordinary text as cases."""

import pytest

import rh_lens as rh
from rh_lens.cases.plain_text import plain_text
from rh_lens.metrics import answer_logprob

TEXT = "The kettle sings in the hall. " * 200


def test_the_answer_is_how_the_text_goes_on(tokenizer):
    spelt = tokenizer(TEXT.strip(), add_special_tokens=False)["input_ids"]
    first, *_, last = plain_text(tokenizer, rh.Haystack(TEXT), length=33, count=3)
    whole = [*first.tokens.tolist(), *first.answer.tolist()]
    assert whole == [tokenizer.bos_token_id, *spelt[:32]]
    assert len(first) == 16
    assert last.answer.tolist() == spelt[-17:]


def test_it_has_no_needle_and_a_name_of_its_own(tokenizer):
    cases = plain_text(tokenizer, rh.Haystack(TEXT), length=32, count=3, bos=False)
    assert [len(case.needle) for case in cases] == [0, 0, 0]
    assert len({case.labels["needle"] for case in cases}) == 3
    assert cases[0].tokens[0] != tokenizer.bos_token_id


def test_its_answer_logprob_is_minus_the_models_own_loss(organisms, tokenizer):
    case = plain_text(tokenizer, rh.Haystack(), length=64, count=1)[0]
    whole = [*case.tokens.tolist(), *case.answer.tolist()]
    logprobs = organisms(case.tokens.new_tensor([whole])).log_softmax(dim=-1)[0]
    by_hand = sum(logprobs[i - 1, whole[i]].item() for i in range(32, 64)) / 32
    assert answer_logprob(organisms, case) == pytest.approx(by_hand, abs=1e-4)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"count": 0}, "1 or more texts"),
        ({"length": 3}, "4 tokens or more"),
        ({"length": 2000, "count": 9}, "too few for 9 texts"),
    ],
)
def test_texts_that_cannot_be_cut_are_refused(tokenizer, asked, message):
    with pytest.raises(ValueError, match=message):
        plain_text(tokenizer, rh.Haystack(TEXT), **asked)
