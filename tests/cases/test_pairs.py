"""A pair differs in the fact it tells, and nowhere else."""

import copy
import re

import pytest
import torch

import rh_lens as rh
from rh_lens.cases.decoys import decoy_answer, decoy_cue
from rh_lens.cases.needle import Needle
from rh_lens.cases.pairs import pairs

MAKERS = [decoy_answer, decoy_cue]
STEMMED = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


@pytest.fixture(params=MAKERS)
def make(request):
    return request.param


@pytest.fixture(scope="module")
def decoys(tokenizer):
    """Every bundled needle, with a decoy of each kind."""
    return {make: [(needle, make(tokenizer, needle)) for needle in rh.needles()] for make in MAKERS}


def outside(case):
    (fact,) = case.span("fact")
    return torch.cat([case.tokens[: fact.start], case.tokens[fact.stop :]])


def inside(case):
    (fact,) = case.span("fact")
    return case.tokens[fact.start : fact.stop]


def test_every_bundled_needle_has_decoys_that_align(tokenizer, haystack, decoys, make):
    """A pair that does not align is an error."""
    for needle, decoy in decoys[make]:
        (pair,) = pairs(tokenizer, needle, decoy, haystack, [200], [0.5])
        assert not torch.equal(inside(pair.clean), inside(pair.corrupt))


def test_only_the_fact_differs_whatever_the_tokenizer(
    any_tokenizer, english, haystack, make, said, letters
):
    for needle in english:
        decoy = make(any_tokenizer, needle)
        for pair in pairs(any_tokenizer, needle, decoy, haystack, [256], [0, 0.5]):
            assert torch.equal(outside(pair.clean), outside(pair.corrupt))
            for case, told in ((pair.clean, needle.fact), (pair.corrupt, decoy.fact)):
                (fact,) = case.span("fact")
                assert letters(told) in said(any_tokenizer, case.tokens, fact)


def test_the_clean_prompt_is_that_of_niah(tokenizer, comet, haystack, make):
    hidden = rh.niah(tokenizer, [comet], haystack, [256, 320], [0.25, 0.75])
    found = pairs(tokenizer, comet, make(tokenizer, comet), haystack, [256, 320], [0.25, 0.75])
    assert [pair.clean.tokens.tolist() for pair in found] == [
        case.tokens.tolist() for case in hidden
    ]
    assert [dict(pair.clean.labels) for pair in found] == [
        {**case.labels, "decoy": make(tokenizer, comet).fact} for case in hidden
    ]


def test_both_ask_for_the_answer_of_the_needle(tokenizer, comet, haystack):
    decoy = decoy_answer(tokenizer, comet)
    (pair,) = pairs(tokenizer, comet, decoy, haystack, lengths=[200], depths=[0.5])
    for case in (pair.clean, pair.corrupt):
        assert tokenizer.decode(case.answer.tolist()).strip() == comet.answer
        assert tokenizer.decode(case.rival.tolist()).strip() == decoy.answer
    assert pair.corrupt.needle == range(0)  # nothing to copy the answer from
    kept = pair.clean.needle
    assert torch.equal(pair.corrupt.tokens[kept.start : kept.stop], pair.corrupt.rival)


def test_another_cue_leaves_the_answer_in_its_place(tokenizer, comet, haystack):
    (pair,) = pairs(tokenizer, comet, decoy_cue(tokenizer, comet), haystack, [200], [0.5])
    assert pair.corrupt.needle == pair.clean.needle
    assert pair.clean.rival is pair.corrupt.rival is None
    for case in (pair.clean, pair.corrupt):
        told = case.tokens[case.needle.start : case.needle.stop]
        assert torch.equal(told, case.answer)


def test_the_cue_is_the_fact_outside_its_answer(tokenizer, comet, haystack, make):
    (pair,) = pairs(tokenizer, comet, make(tokenizer, comet), haystack, [200], [0.5])
    (fact,), needle = pair.clean.span("fact"), pair.clean.needle
    wanted = (range(fact.start, needle.start), range(needle.stop, fact.stop))
    assert pair.clean.span("cue") == pair.corrupt.span("cue") == wanted


def test_both_questions_end_in_the_words_before_the_answer(tokenizer, comet, haystack):
    decoy = decoy_cue(tokenizer, comet)
    (pair,) = pairs(tokenizer, comet, decoy, haystack, [200], [0.5], prompt=STEMMED)
    for case in (pair.clean, pair.corrupt):
        assert tokenizer.decode(case.tokens.tolist()).endswith(f"Answer: {comet.stem}")


def test_a_chat_prompt_asks_the_same_of_both(tokenizer, comet, haystack, make):
    chat = copy.deepcopy(tokenizer)
    chat.chat_template = "{% for m in messages %}User: {{ m.content }}\nModel:{% endfor %}"
    decoy = make(chat, comet)
    (pair,) = pairs(chat, comet, decoy, haystack, [200], [0.5], prompt=rh.ChatPrompt())
    assert torch.equal(outside(pair.clean), outside(pair.corrupt))
    assert chat.decode(pair.corrupt.tokens.tolist()).endswith("Model:")


def test_a_longer_decoy_is_refused_with_both_counts(tokenizer, comet, english, haystack):
    clean = rh.niah(tokenizer, [comet], haystack, [200], [0.5])[0]
    (own,) = clean.span("fact")
    with pytest.raises(ValueError, match=rf"comet.* takes {len(own)} tokens and .*KELP.* \d+;"):
        pairs(tokenizer, comet, english[1], haystack, [200], [0.5])


def test_a_decoy_that_moves_the_words_around_it_is_refused(tokenizer, comet, haystack):
    spaced = Needle(" " + comet.fact, comet.question, comet.answer)
    with pytest.raises(ValueError, match="shares tokens with the words around it"):
        pairs(tokenizer, comet, spaced, haystack, [200], [0.5])


def test_a_decoy_that_cannot_be_spelt_is_refused(wordpiece, comet, haystack):
    """As one unknown token, it aligns with any word of one token."""
    foreign = Needle(comet.fact.replace("will", "\N{SNOWMAN}"), comet.question, comet.answer)
    with pytest.raises(ValueError, match="use a tokenizer that can spell it"):
        pairs(wordpiece, comet, foreign, haystack, [200], [0.5])


def test_a_needle_is_no_decoy_of_itself(tokenizer, comet, haystack):
    with pytest.raises(ValueError, match="both state 'The comet"):
        pairs(tokenizer, comet, comet, haystack, [200], [0.5])


def test_depths_that_meet_are_refused(tokenizer, comet, haystack, make):
    with pytest.raises(ValueError, match="occur more than once"):
        pairs(tokenizer, comet, make(tokenizer, comet), haystack, [200], [0.5, 0.501])


def test_another_answer_is_drawn_among_those_that_fit(tokenizer, comet):
    fitting = ["in the spring of 3056", "on the spring of 2187", "at the spring of 4444"]
    answers = [*fitting, comet.answer, "in June"]
    drawn = {decoy_answer(tokenizer, comet, answers, seed=seed).answer for seed in range(9)}
    begun_otherwise = {answer for answer in fitting if not answer.startswith("in ")}
    assert drawn == begun_otherwise


def test_answers_that_cannot_align_are_refused(tokenizer, comet):
    with pytest.raises(ValueError, match="no other words fit in the place of 'in the spring of"):
        decoy_answer(tokenizer, comet, ["at dusk", comet.answer])


def test_another_answer_shares_no_word_with_the_right_one(decoys):
    for needle, other in decoys[decoy_answer]:
        words = re.findall(r"[^\W\d]{2,}", needle.answer.casefold())
        assert not set(words) & set(re.findall(r"[^\W\d]{2,}", other.answer.casefold()))
        assert needle.fact.replace(needle.answer, other.answer) == other.fact


def test_another_cue_has_none_of_the_words_that_lead_to_the_answer(decoys):
    for needle, other in decoys[decoy_cue]:
        before, _, after = other.fact.partition(needle.answer)
        for word in re.findall(r"[^\W\d_]{4,}", needle.question):
            assert word.casefold() not in re.findall(r"\w+", f"{before} {after}".casefold())


def test_a_cue_that_is_quoted_is_all_that_changes(tokenizer, comet):
    decoy = decoy_cue(tokenizer, comet, "comet")
    assert re.fullmatch(r"The (?!comet).+ will be seen again in the spring of 2187\.", decoy.fact)


def test_a_cue_is_replaced_by_one_of_the_words_given(tokenizer, comet):
    """By itself, since it is long, and by a word of as many tokens."""
    one = decoy_cue(tokenizer, comet, "comet").fact.split()[1]
    given = decoy_cue(tokenizer, comet, "comet", words=["x", "comet", one, "y" * 40])
    assert given.fact.split()[1] == one
    with pytest.raises(ValueError, match="no other words fit in the place of 'comet'"):
        decoy_cue(tokenizer, comet, "comet", words=["comet", "y" * 40])


def test_a_cue_of_the_answer_is_refused(tokenizer, comet):
    with pytest.raises(ValueError, match=r"\['spring'\] are not in the fact"):
        decoy_cue(tokenizer, comet, "comet", "spring")


def test_a_seed_gives_one_decoy_and_others_another(tokenizer, comet, make):
    drawn = [make(tokenizer, comet, seed=seed).fact for seed in (0, 0, 1, 2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3
