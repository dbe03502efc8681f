"""A needle in a haystack stands where its case says it stands, whatever the tokenizer."""

import random
import re
from itertools import pairwise

import pytest
import torch

import rh_lens as rh
from rh_lens.cases.passage import continuation

DEPTHS = [0, 0.25, 0.5, 0.75, 1]
GRID = [([128], [0.5]), ([256, 512], [0, 1]), ([1000], DEPTHS)]
SPELLINGS = {
    "accents": "àéîõüßøčžğÅŁæœñ",
    "marks": "e\u0301o\u0308a\u030a",
    "digits": "0123456789",
    "chinese": "图书馆的钥匙茶壶里渡船沈怀远",
    "kana": "カギはどこですか",
    "russian": "ключётщъ",
    "arabic": "مفتاح",
    "signs": "-–—_'’“”«»…°€½#@/\\|<>",
    "emoji": ["😀", "🏔️", "👩‍🚀", "🇪🇪", "❤️", "👍🏽"],
    "letters": "abcXYZ",
}


@pytest.fixture(scope="session")
def hidden(any_tokenizer, english, comet, haystack):
    """Needles at every length and depth; at 128 tokens, the one that fits."""
    cases = []
    for lengths, depths in GRID:
        needles = [comet] if lengths == [128] else english
        cases += rh.niah(any_tokenizer, needles, haystack, lengths, depths)
    return cases


def random_text(random, count):
    return "".join(random.choice(random.choice(list(SPELLINGS.values()))) for _ in range(count))


def needle_of(case, english):
    (asked,) = [needle for needle in english if needle.question == case.labels["needle"]]
    return asked


def test_a_prompt_is_as_long_as_asked_for_and_never_longer(hidden):
    for case in hidden:
        assert 0.98 * case.labels["length"] <= len(case) <= case.labels["length"]
        assert case.labels["tokens"] == len(case)


def test_an_answer_that_opens_its_fact_is_spelt_as_the_model_would_say_it(any_tokenizer):
    """Where a line begins most tokenizers spell it otherwise, and no reply would hold it."""
    lines = rh.Haystack("\n".join(f"The {word} of the house is old." for word in "abcdefgh" * 30))
    opened = rh.Needle("Ten nails hold the door.", "What holds the door?", "Ten nails")
    closed = rh.Needle("The door is held by ten nails.", "What holds the door?", "ten nails")
    for one in (opened, closed):
        (case,) = rh.niah(any_tokenizer, [one], lines, [150], [0.5])
        assert torch.equal(case.answer, continuation(any_tokenizer, "Answer:", one.answer))


def test_every_length_between_two_boundaries_can_be_hit(unigram, comet, haystack):
    """Where a sentence ends, the prompt grows by several tokens at once."""
    for length in range(150, 320):
        (case,) = rh.niah(unigram, [comet], haystack, [length], [1])
        assert 0.98 * length <= len(case) <= length


def test_a_prompt_has_one_bos_and_it_comes_first(hidden, any_tokenizer):
    for case in hidden:
        assert (case.tokens == any_tokenizer.bos_token_id).nonzero().tolist() == [[0]]


def test_the_spans_say_what_they_are_called(hidden, any_tokenizer, english, letters, said):
    for case in hidden:
        needle = needle_of(case, english)
        (fact,), (question,) = case.span("fact"), case.span("question")
        assert said(any_tokenizer, case.tokens, case.needle) == letters(needle.answer)
        assert said(any_tokenizer, case.tokens, fact) == letters(needle.fact)
        assert said(any_tokenizer, case.tokens, question) == letters(needle.question)
        assert case.labels["kind"] == needle.kind


def test_the_answer_is_the_tokens_of_the_needle(hidden):
    for case in hidden:
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()


def test_the_spans_lie_in_each_other(hidden):
    for case in hidden:
        (hay,), (fact,), (question,) = map(case.span, ("haystack", "fact", "question"))
        assert (
            hay.start < fact.start <= case.needle.start < case.needle.stop <= fact.stop < hay.stop
        )
        assert hay.stop < question.start < question.stop < len(case)


def test_around_the_needle_the_haystack_is_whole_and_from_its_beginning(
    hidden, any_tokenizer, haystack, letters, said
):
    text = letters(haystack.text[:20_000])
    for case in hidden:
        (hay,), (fact,) = case.span("haystack"), case.span("fact")
        before = said(any_tokenizer, case.tokens, range(hay.start, fact.start))
        after = said(any_tokenizer, case.tokens, range(fact.stop, hay.stop))
        assert before
        assert after
        assert text.startswith(before + after)


def test_a_needle_stands_between_two_sentences(hidden, any_tokenizer, said):
    for case in hidden:
        (hay,), (fact,) = case.span("haystack"), case.span("fact")
        before = said(any_tokenizer, case.tokens, range(hay.start, fact.start))
        assert re.search(r"[\w\"”)\]][.!?][\"”)\]]*$", before)


def test_the_realised_depth_is_the_share_of_the_haystack_before_the_fact(hidden):
    for case in hidden:
        (hay,), (fact,) = case.span("haystack"), case.span("fact")
        share = (fact.start - hay.start) / (len(hay) - len(fact))
        assert case.labels["realised_depth"] == pytest.approx(share, abs=1e-4)


def test_deeper_needles_stand_deeper_and_near_the_depth_asked_for(hidden, english):
    for needle in english:
        mine = [case.labels for case in hidden if case.labels["needle"] == needle.question]
        reached = [at["realised_depth"] for at in mine if at["length"] == 1000]
        assert all(one < next for one, next in pairwise(reached))
        assert reached == pytest.approx(DEPTHS, abs=0.08)


def test_cases_come_needle_by_needle_then_by_length_then_by_depth(byte_level, english, haystack):
    cases = rh.niah(byte_level, english, haystack, [400, 300], [1, 0])
    assert [
        (case.labels["needle"], case.labels["length"], case.labels["depth"]) for case in cases
    ] == [
        (needle.question, length, depth)
        for needle in english
        for length in (400, 300)
        for depth in (1, 0)
    ]


@pytest.mark.parametrize("kind", ["German", "Chinese"])
@pytest.mark.parametrize("style", ["tokenizer", "byte_level", "trimmed", "llama"])
def test_needles_of_other_languages_can_be_hidden(request, style, kind, haystack, letters, said):
    tokenizer = request.getfixturevalue(style)
    needles = [needle for needle in rh.needles() if needle.kind == kind]
    for needle, case in zip(
        needles, rh.niah(tokenizer, needles, haystack, [400], [0.5]), strict=True
    ):
        assert said(tokenizer, case.tokens, case.needle) == letters(needle.answer)
        assert said(tokenizer, case.tokens, case.span("question")[0]) == letters(needle.question)


@pytest.mark.parametrize("style", ["tokenizer", "byte_level", "trimmed", "llama", "wordpiece"])
@pytest.mark.parametrize("kind", ["German", "Chinese"])
def test_haystacks_of_other_languages_can_be_cut(request, style, kind, comet):
    tokenizer = request.getfixturevalue(style)
    space = " " if kind == "German" else ""
    text = space.join(needle.fact for needle in rh.needles() if needle.kind == kind)
    hay = rh.Haystack(space.join([text] * 30))
    for case in rh.niah(tokenizer, [comet], hay, [512, 800], [0, 0.5, 1]):
        assert 0.98 * case.labels["length"] <= len(case) <= case.labels["length"]
        assert case.labels["realised_depth"] == pytest.approx(case.labels["depth"], abs=0.15)


def test_a_needle_that_the_tokenizer_cannot_spell_is_refused(wordpiece, haystack):
    chinese = next(needle for needle in rh.needles() if needle.kind == "Chinese")
    with pytest.raises(ValueError, match=r"\[UNK\].* use a tokenizer that can spell it"):
        rh.niah(wordpiece, [chinese], haystack, [256], [0.5])


def test_an_answer_that_shares_its_tokens_with_other_words_is_refused(unigram, haystack):
    """This tokenizer knows one place for a whole run of Chinese, not one for each character."""
    chinese = next(needle for needle in rh.needles() if needle.kind == "Chinese")
    with pytest.raises(ValueError, match=f"'{chinese.answer}' shares its tokens"):
        rh.niah(unigram, [chinese], haystack, [400], [0.5])


@pytest.mark.parametrize("seed", range(5))
def test_any_answer_can_be_read_off_its_span(seed, byte_tokenizer, haystack):
    choose = random.Random(seed)
    for _ in range(12):
        answer = random_text(choose, choose.randint(1, 12))
        before = random_text(choose, 5).replace(answer, "")
        fact = f"{before} : {answer} {random_text(choose, 3)}."
        needle = rh.Needle(fact, f"What is {random_text(choose, 4)}?", answer)
        (case,) = rh.niah(byte_tokenizer, [needle], haystack, [400], [choose.random()])
        assert byte_tokenizer.decode(case.answer.tolist()).strip() == answer


@pytest.mark.parametrize("seed", range(5))
def test_an_answer_inside_a_word_is_in_its_span(seed, byte_tokenizer, haystack):
    """A token that straddles the edge of the answer belongs to it."""
    choose = random.Random(seed)
    for _ in range(12):
        before, answer, after = (random_text(choose, choose.randint(2, 9)) for _ in range(3))
        needle = rh.Needle(before + answer + after, "Which?", answer)
        (case,) = rh.niah(byte_tokenizer, [needle], haystack, [400], [choose.random()])
        first, last = case.needle[0], case.needle[-1]
        assert answer in byte_tokenizer.decode(case.answer.tolist())
        assert answer not in byte_tokenizer.decode(case.tokens[first + 1 : last + 1].tolist())
        assert answer not in byte_tokenizer.decode(case.tokens[first:last].tolist())


def test_a_haystack_that_fits_exactly_is_used_to_its_end(byte_level, comet):
    text = (
        f"A first sentence is here. A second is there. {comet.fact} A third one ends it.\n\n"
        f"Question: {comet.question}\nAnswer:"
    )
    by_hand = [byte_level.bos_token_id, *byte_level(text)["input_ids"]]
    hay = rh.Haystack("A first sentence is here. A second is there. A third one ends it.")
    (case,) = rh.niah(byte_level, [comet], hay, [len(by_hand)], [1])
    assert case.tokens.tolist() == by_hand
    with pytest.raises(ValueError, match=r"the haystack has \d+ tokens where the prompt needs \d+"):
        rh.niah(byte_level, [comet], hay, [len(by_hand) + 5], [1])


def test_a_haystack_of_one_sentence_has_no_place_for_a_needle(byte_level, comet):
    endless = rh.Haystack("and so it went on and on, " * 200)
    with pytest.raises(
        ValueError, match=r"200 tokens .* no sentence ends there .*comet.*a greater"
    ):
        rh.niah(byte_level, [comet], endless, [200], [0.5])


def test_a_length_that_cannot_hold_the_needle_is_refused(any_tokenizer, comet, haystack):
    with pytest.raises(ValueError, match=r"30 tokens cannot hold .*comet.* a greater length"):
        rh.niah(any_tokenizer, [comet], haystack, [30], [0.5])


def test_depths_closer_than_a_sentence_are_refused(any_tokenizer, english, haystack):
    with pytest.raises(ValueError, match="ask for fewer depths") as refused:
        rh.niah(any_tokenizer, english, haystack, [300], [0.5, 0.501])
    message = str(refused.value)
    assert message.startswith("3 prompts occur more than once")
    for needle in english:
        assert (
            f"(length 300, depth 0.5) = (length 300, depth 0.501) of {needle.question!r}" in message
        )


def test_the_same_needle_twice_is_refused(byte_level, comet, haystack):
    with pytest.raises(ValueError, match="1 prompts occur more than once"):
        rh.niah(byte_level, [comet, comet], haystack, [300], [0.5])


@pytest.mark.parametrize("depth", [-0.1, 1.1, 50, float("nan")])
def test_a_depth_that_is_no_share_is_refused(byte_level, comet, haystack, depth):
    with pytest.raises(ValueError, match=f"{depth}.* give numbers from 0 to 1"):
        rh.niah(byte_level, [comet], haystack, [300], [0.5, depth])


@pytest.mark.parametrize("empty", ["needles", "lengths", "depths"])
def test_nothing_to_ask_is_refused(byte_level, comet, haystack, empty):
    asked = {"needles": [comet], "lengths": [300], "depths": [0.5]} | {empty: []}
    with pytest.raises(ValueError, match=f"0 {empty}.*at least one of each"):
        rh.niah(byte_level, asked["needles"], haystack, asked["lengths"], asked["depths"])


def test_lengths_and_depths_may_be_read_once(byte_level, comet, haystack):
    cases = rh.niah(byte_level, [comet], haystack, iter([300, 400]), iter([0, 1]))
    assert len(cases) == 4
