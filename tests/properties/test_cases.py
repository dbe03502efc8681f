"""Whatever needle is hidden wherever, for whichever tokenizer: it stands where its case says."""

import unicodedata

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from properties.texts import needles

import rh_lens as rh

lengths = st.integers(250, 420)
depths = st.floats(0, 1)
ADVICE = (
    "use a tokenizer that",
    "ask for a greater length",
    "take it out of the haystack",
    "ask for another length",
)


def letters(text):
    """What a tokenizer must keep of a text: not spacing, capitals or accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not c.isspace() and not unicodedata.combining(c))


def made(cases):
    """What is made, or why not."""
    try:
        return cases(), ""
    except ValueError as refusal:
        return None, str(refusal)


@given(needle=needles(), length=lengths, depth=depths, plain=st.booleans())
@settings(max_examples=25)
def test_a_needle_stands_where_its_case_says_or_is_refused_with_advice(
    style, spells_all, haystack, needle, length, depth, plain
):
    chat = style.chat_template and not plain
    form = rh.ChatPrompt() if chat else rh.Prompt()
    cases, refusal = made(
        lambda: rh.niah(style, [needle], haystack, [length], [depth], prompt=form)
    )
    if refusal:
        assert any(advice in refusal for advice in ADVICE)
        assert not spells_all or "ask for a greater length" in refusal
        return
    (case,) = cases
    (hay,), (fact,), (asked,) = map(case.span, ("haystack", "fact", "question"))
    read = style.decode(case.tokens[list(case.needle)].tolist())
    assert letters(needle.answer) in letters(read)
    if spells_all:
        assert needle.answer in read
        assert needle.fact in style.decode(case.tokens[list(fact)].tolist())
        assert needle.question in style.decode(case.tokens[list(asked)].tolist())
    assert torch.equal(case.answer, case.tokens[list(case.needle)])
    assert hay.start < fact.start <= case.needle.start < case.needle.stop <= fact.stop <= hay.stop
    assert hay.stop <= asked.start < asked.stop <= len(case)
    assert 0.98 * length <= len(case) <= length
    begins = (case.tokens == style.bos_token_id).nonzero().flatten().tolist()
    assert begins == ([] if chat else [0])


@given(length=lengths, seed=st.integers(0, 2**32), depth=depths, at=st.integers(0, 31))
@settings(max_examples=6, phases=[Phase.generate])  # what is slow is not made smaller
@pytest.mark.parametrize("make", [rh.decoy_answer, rh.decoy_cue])
def test_a_decoy_differs_from_its_needle_in_the_fact_alone(
    style, haystack, make, length, seed, depth, at
):
    needle = rh.needles()[at]
    found, refusal = made(
        lambda: rh.pairs(style, needle, make(style, needle, seed=seed), haystack, [length], [depth])
    )
    if refusal:
        assert any(advice in refusal for advice in (*ADVICE, "offer other words"))
        return
    (pair,) = found
    (fact,) = pair.clean.span("fact")
    differing = (pair.clean.tokens != pair.corrupt.tokens).nonzero().flatten().tolist()
    assert set(differing) <= set(fact)
    inside = set(differing) & set(pair.clean.needle)
    if make is rh.decoy_cue:
        assert differing
        assert not inside
        assert pair.corrupt.needle == pair.clean.needle
    else:
        assert inside == set(differing)
        assert pair.clean.needle.start in inside
        assert len(pair.clean.rival) == len(pair.clean.answer)
    assert torch.equal(pair.clean.answer, pair.corrupt.answer)
