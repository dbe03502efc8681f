"""A name is begun a second time, after the same random tokens."""

import pytest

import rh_lens as rh
from rh_lens.cases.entities import ENTITIES


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.entities(any_tokenizer, 10, length=12)


def test_the_prompt_repeats_itself_up_to_the_first_token_of_the_name(asked, any_tokenizer):
    for case in asked:
        (whole,), (named,) = case.span("copies"), case.span("entity")
        tokens = case.tokens.tolist()
        filler, entity = tokens[1 : named.start], tokens[named.start : named.stop]
        end = [*filler, entity[0]]
        assert whole == range(1, named.stop)
        assert tokens[0] == any_tokenizer.bos_token_id
        assert tokens[-len(end) :] == end
        assert not any_tokenizer.decode(tokens[named.stop : -len(end)]).strip()
        assert len(set(filler)) == len(filler) == case.labels["length"] == 12
        assert not set(filler) & set(entity)


def test_the_answer_is_the_rest_of_the_name(asked, any_tokenizer):
    for case in asked:
        (named,) = case.span("entity")
        assert case.needle == range(named.start + 1, named.stop)
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()
        assert len(named) == case.labels["size"] >= 2


def test_every_name_has_a_random_twin_of_as_many_tokens(asked, any_tokenizer, letters, said):
    names = {letters(name) for name in ENTITIES}
    for known, twin in zip(asked[::2], asked[1::2], strict=True):
        assert (known.labels["kind"], twin.labels["kind"]) == ("entity", "random")
        assert known.labels["size"] == twin.labels["size"]
        assert len(known) == len(twin)
        name = said(any_tokenizer, known.tokens, known.span("entity")[0])
        assert name == letters(known.labels["needle"])
        assert name in names
        assert said(any_tokenizer, twin.tokens, twin.span("entity")[0]) not in names


def test_no_special_token_is_drawn(asked, any_tokenizer):
    for case in asked:
        assert not set(case.tokens[1:].tolist()) & set(any_tokenizer.all_special_ids)


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (rh.entities(tokenizer, 5, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    assert len({case.labels["needle"] for case in one}) == 10


def test_there_are_forty_names_all_different():
    assert len(set(ENTITIES)) == 40
    assert all(len(name.split()) >= 2 for name in ENTITIES)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"count": 41}, "count is 41: ask for 1 to 40 names"),
        ({"count": 0}, "count is 0"),
        ({"length": 0}, "0 different tokens"),
        ({"length": 2045}, "2045 different tokens cannot be drawn from"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tokenizer, wrong, message):
    with pytest.raises(ValueError, match=message):
        rh.entities(tokenizer, **wrong)


@pytest.mark.parametrize("kind", ["entity", "random"])
def test_the_bundled_model_goes_on_with_names_and_with_random_tokens(organism, kind):
    """It copies tokens, whatever they name."""
    cases = [case for case in rh.entities(organism.tokenizer, 10) if case.labels["kind"] == kind]
    found = [rh.Greedy()(organism, case).found for case in cases]
    assert sum(found) / len(found) >= 0.8
