"""The retrieval score by hand: no model, patterns of one head that looks where we say."""

from types import SimpleNamespace

import pytest
import torch

import rh_lens as rh

#          bos the key is  red blue red .  what
PROMPT = [0, 7, 8, 9, 3, 4, 3, 5, 6]
CASE = rh.Case(
    torch.tensor(PROMPT),
    answer=torch.tensor([3, 4, 3]),
    needle=range(4, 7),
    spans={"haystack": (range(1, 8),)},
)


def looking_at(*positions):
    """One head that looks at `positions`, step after step."""
    return torch.eye(14)[list(positions)][None]


def score(pattern, said, **options):
    reply = rh.Reply(CASE, torch.tensor(said), found=True)
    return rh.RetrievalScore(**options).score(pattern, reply).item()


def test_copying_the_whole_needle_scores_one():
    assert score(looking_at(4, 5, 6), said=[3, 4, 3]) == 1


def test_looking_without_saying_is_not_copying():
    assert score(looking_at(4, 5, 6), said=[3, 9, 9]) == pytest.approx(1 / 3)


def test_saying_without_looking_is_not_copying():
    assert score(looking_at(0, 0, 0), said=[3, 4, 3]) == 0


def test_looking_at_another_copy_of_the_token_credits_that_copy():
    assert score(looking_at(6, 5, 6), said=[3, 4, 3]) == pytest.approx(2 / 3)


def test_positions_credit_a_token_said_twice_once_and_steps_twice():
    looks, said = looking_at(4, 5, 6, 4, 5, 6), [3, 4, 3, 3, 4, 3]
    assert score(looks, said) == 1
    assert score(looks, said, counting="steps") == 2


def test_set_counts_distinct_tokens():
    assert score(looking_at(4, 0, 0), said=[3, 4, 3], counting="set") == 0.5
    assert score(looking_at(4, 0, 6), said=[3, 4, 3], counting="set") == 0.5
    assert score(looking_at(4, 5, 0), said=[3, 4, 3], counting="set") == 1


@pytest.mark.parametrize("counting", ["positions", "steps", "set"])
def test_tokens_outside_the_needle_earn_nothing(counting):
    assert score(looking_at(1, 2, 7), said=[7, 8, 5], counting=counting) == 0


def test_a_look_may_miss_by_the_tolerance_and_no_more():
    assert score(looking_at(3, 4, 5), said=[3, 4, 3]) == 0
    assert score(looking_at(3, 4, 5), said=[3, 4, 3], tolerance=1) == 1
    assert score(looking_at(2, 3, 8), said=[3, 4, 3], tolerance=1) == 0
    assert score(looking_at(2, 3, 8), said=[3, 4, 3], tolerance=2) == 1


def test_a_head_that_looks_at_bos_first_scores_only_within_the_haystack():
    resting = 0.6 * looking_at(0, 0, 0) + 0.4 * looking_at(4, 5, 6)
    assert score(resting, said=[3, 4, 3]) == 0
    assert score(resting, said=[3, 4, 3], keys="prompt") == 0
    assert score(resting, said=[3, 4, 3], keys="haystack") == 1


def test_a_head_that_rereads_its_reply_scores_only_within_the_prompt():
    rereading = 0.6 * looking_at(9, 10, 11) + 0.4 * looking_at(4, 5, 6)
    assert score(rereading, said=[3, 4, 3]) == 0
    assert score(rereading, said=[3, 4, 3], keys="prompt") == 1


def test_the_same_step_is_one_row_later():
    reply = rh.Reply(CASE, torch.tensor([3, 4, 3]), found=True)
    assert rh.RetrievalScore().rows(reply) == range(8, 11)
    assert rh.RetrievalScore(pairing="same_step").rows(reply) == range(9, 12)


def test_a_tie_goes_to_the_lowest_position_and_is_counted():
    tied = 0.5 * looking_at(4, 5, 6) + 0.5 * looking_at(1, 8, 6)
    reply = rh.Reply(CASE, torch.tensor([3, 4, 3]), found=True)
    assert score(tied, said=[3, 4, 3]) == pytest.approx(2 / 3)  # 1 before 4, 5 before 8, 6 alone
    assert rh.RetrievalScore().remarks(tied, reply)["ties"] == 2


def test_a_case_without_a_needle_is_not_measured():
    empty = rh.Case(torch.tensor(PROMPT), torch.tensor([3, 4, 3]), needle=range(0))
    reply = rh.Reply(empty, torch.tensor([3, 4, 3]), found=True)
    for counting in ("positions", "steps", "set"):
        scored = rh.RetrievalScore(counting=counting).score(looking_at(4, 5, 6), reply)
        assert scored.isnan().all()


@pytest.mark.parametrize(
    "wrong",
    [{"counting": "step"}, {"keys": "needle"}, {"pairing": "next"}, {"tolerance": -1}],
)
def test_an_unknown_option_says_what_it_can_be(wrong):
    asked = SimpleNamespace(**(vars(rh.RetrievalScore()) | wrong))
    with pytest.raises(ValueError, match=r"it can be one of \(|it is a number of positions"):
        rh.RetrievalScore.__post_init__(asked)


def test_the_haystack_must_be_marked_to_be_searched():
    bare = rh.Case(torch.tensor(PROMPT), torch.tensor([3, 4, 3]), needle=range(4, 7))
    reply = rh.Reply(bare, torch.tensor([3, 4, 3]), found=True)
    with pytest.raises(ValueError, match="no span 'haystack'"):
        rh.RetrievalScore(keys="haystack").score(looking_at(4, 5, 6), reply)


def test_the_query_focused_score_is_the_mean_mass_on_the_fact():
    spans = {"fact": (range(2, 5),), "question": (range(6, 8),)}
    case = rh.Case(torch.tensor(PROMPT), torch.tensor([3]), range(4, 5), spans=spans)
    reply = rh.Reply(case, torch.tensor([3]), found=True)
    rows = torch.tensor([[[0.5, 0, 0.1, 0.2, 0.1, 0.1, 0], [0, 0, 0.6, 0, 0.2, 0, 0.2]]])
    assert rh.QueryFocusedScore().rows(reply) == range(6, 8)
    assert rh.QueryFocusedScore().score(rows, reply).item() == pytest.approx((0.4 + 0.8) / 2)


def test_the_query_focused_score_needs_to_know_the_fact():
    spans = {"question": (range(6, 8),)}
    case = rh.Case(torch.tensor(PROMPT), torch.tensor([3]), range(4, 5), spans=spans)
    with pytest.raises(ValueError, match=r"no span 'fact', only \['question'\]"):
        rh.QueryFocusedScore().score(torch.zeros(1, 2, 8), rh.Reply(case, torch.tensor([3]), True))
