"""A control differs from its case in the fact, and in nothing else."""

import pytest
import torch

import rh_lens as rh


@pytest.fixture(scope="session")
def asked(any_tokenizer, english, haystack):
    return rh.niah(any_tokenizer, english, haystack, [256, 400], [0, 1])


def outside(case, at):
    return case.tokens[: at.start].tolist() + case.tokens[at.stop :].tolist()


def test_without_its_needle_a_prompt_is_the_rest_of_it_token_for_token(asked):
    for case, control in zip(asked, rh.without_needle(asked), strict=True):
        assert control.tokens.tolist() == outside(case, case.span("fact")[0])
        assert len(control.needle) == 0
        assert "fact" not in control.spans


def test_with_the_wrong_needle_all_but_the_fact_stays_token_for_token(asked):
    for case, control in zip(asked, rh.wrong_needle(asked), strict=True):
        (fact,) = control.span("fact")
        assert fact.start == case.span("fact")[0].start
        assert outside(control, fact) == outside(case, case.span("fact")[0])


@pytest.mark.parametrize("control", [rh.without_needle, rh.wrong_needle])
def test_a_control_asks_the_same_and_says_which_control_it_is(
    asked, any_tokenizer, control, letters, said
):
    for case, changed in zip(asked, control(asked), strict=True):
        (question,) = changed.span("question")
        assert said(any_tokenizer, changed.tokens, question) == letters(case.labels["needle"])
        assert changed.answer.tolist() == case.answer.tolist()
        assert changed.labels["control"] == control.__name__
        kept = case.labels.keys() - {"tokens"}
        assert {name: changed.labels[name] for name in kept} == {
            name: case.labels[name] for name in kept
        }
        assert changed.labels["tokens"] == len(changed)
        assert changed.digest != case.digest


@pytest.mark.parametrize("control", [rh.without_needle, rh.wrong_needle])
def test_the_haystack_of_a_control_reaches_to_the_question(asked, control):
    for case, changed in zip(asked, control(asked), strict=True):
        (hay,), (before,) = changed.span("haystack"), case.span("haystack")
        assert hay.start == before.start
        assert len(changed) - hay.stop == len(case) - before.stop


def test_the_wrong_needle_is_the_next_one(asked, any_tokenizer, english, letters, said):
    following = dict(zip([n.question for n in english], [*english[1:], english[0]], strict=True))
    for control in rh.wrong_needle(asked):
        other = following[control.labels["needle"]]
        (fact,) = control.span("fact")
        assert control.labels["wrong_needle"] == other.question
        assert said(any_tokenizer, control.tokens, control.needle) == letters(other.answer)
        assert said(any_tokenizer, control.tokens, fact) == letters(other.fact)


def test_the_wrong_fact_needs_another_needle(asked):
    one = [case for case in asked if case.labels["needle"] == asked[0].labels["needle"]]
    with pytest.raises(ValueError, match="two needles or more, got 1: make the cases from several"):
        rh.wrong_needle(one)


@pytest.mark.parametrize("control", [rh.without_needle, rh.wrong_needle])
def test_a_case_without_a_fact_has_no_control(control):
    bare = [
        rh.Case(torch.arange(4), torch.tensor([1]), range(1, 2), {"needle": name}) for name in "ab"
    ]
    with pytest.raises(ValueError, match="no span 'fact', only"):
        control(bare)


def test_controls_by_hand():
    def case(name, tokens, fact, needle):
        spans = {
            "haystack": (range(1, fact.stop + 1),),
            "before": (range(1, 2),),
            "fact": (fact,),
            "question": (range(fact.stop + 1, len(tokens)),),
        }
        answer = torch.tensor(tokens[needle.start : needle.stop])
        return rh.Case(torch.tensor(tokens), answer, needle, {"needle": name}, spans)

    short = case("short", [0, 1, 20, 21, 3, 4], range(2, 4), range(3, 4))
    long = case("long", [0, 1, 50, 51, 52, 53, 3, 5], range(2, 6), range(3, 5))
    without, _ = rh.without_needle([short, long])
    assert without.tokens.tolist() == [0, 1, 3, 4]
    assert without.spans == {
        "haystack": (range(1, 3),),
        "before": (range(1, 2),),
        "question": (range(3, 4),),
    }
    wrong, back = rh.wrong_needle([short, long])
    assert wrong.tokens.tolist() == [0, 1, 50, 51, 52, 53, 3, 4]
    assert wrong.needle == range(3, 5)
    assert wrong.answer.tolist() == [21]
    assert wrong.spans == {
        "haystack": (range(1, 7),),
        "before": (range(1, 2),),
        "fact": (range(2, 6),),
        "question": (range(7, 8),),
    }
    assert back.tokens.tolist() == [0, 1, 20, 21, 3, 5]
    assert back.needle == range(3, 4)
    assert back.span("question") == (range(5, 6),)


def test_a_case_of_several_facts_has_no_one_needle_to_take_out(tokenizer):
    cases = rh.multi_value(tokenizer, [600], count=1)
    with pytest.raises(ValueError, match="takes out the one fact of a case"):
        rh.without_needle(cases)
