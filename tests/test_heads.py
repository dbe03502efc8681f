"""Heads, and controls drawn from them."""

import pytest

import rh_lens as rh

HEADS = rh.all_heads(4, 8)
TOP = HEADS[:20]


def test_a_control_never_holds_what_it_controls_for():
    """The reference compares a tuple with lists, so its random heads include retrieval heads."""
    for seed in range(50):
        drawn = rh.random_heads(HEADS, 10, besides=TOP, seed=seed)
        assert len(set(drawn)) == 10
        assert not set(drawn) & set(TOP)


def test_a_seed_gives_the_same_control_and_another_seed_another():
    assert rh.random_heads(HEADS, 5, seed=1) == rh.random_heads(set(HEADS), 5, seed=1)
    assert rh.random_heads(HEADS, 5, seed=1) != rh.random_heads(HEADS, 5, seed=2)


def test_more_than_remain_cannot_be_drawn():
    with pytest.raises(ValueError, match="13 heads cannot be drawn from the 12 that remain"):
        rh.random_heads(HEADS, 13, besides=TOP)


def test_a_head_prints_as_people_write_it():
    assert f"{rh.Head(16, 19)} {rh.Head(16, 19)!r}" == "L16H19 L16H19"


def test_matched_heads_are_others_of_the_same_layers():
    like = [rh.Head(1, 0), rh.Head(0, 3), rh.Head(1, 2)]
    for seed in range(20):
        matched = rh.matched_heads(rh.all_heads(2, 8), like, besides=[rh.Head(1, 5)], seed=seed)
        assert [head.layer for head in matched] == [1, 0, 1]
        assert len(set(matched)) == 3
        assert not set(matched) & {*like, rh.Head(1, 5)}


def test_a_longer_match_begins_with_the_shorter_one():
    like = [rh.Head(1, 0), rh.Head(0, 3), rh.Head(1, 2)]
    longer = rh.matched_heads(rh.all_heads(2, 8), like, besides=[], seed=4)
    shorter = rh.matched_heads(rh.all_heads(2, 8), like[:2], besides=like[2:], seed=4)
    assert longer[:2] == shorter


def test_every_other_head_of_the_layer_can_be_drawn():
    drawn = {
        rh.matched_heads(rh.all_heads(2, 4), [rh.Head(0, 1)], seed=seed)[0] for seed in range(60)
    }
    assert drawn == {rh.Head(0, 0), rh.Head(0, 2), rh.Head(0, 3)}


def test_a_layer_without_others_is_named():
    with pytest.raises(ValueError, match="layer 0 has no head left to match L0H1, number 3"):
        rh.matched_heads(rh.all_heads(2, 3), [rh.Head(0, 0), rh.Head(1, 0), rh.Head(0, 1)])


def test_what_a_layer_lacks_comes_from_the_nearest_that_has_it():
    like = [rh.Head(1, 0), rh.Head(1, 1), rh.Head(3, 0)]
    for seed in range(20):
        matched = rh.matched_heads(rh.all_heads(4, 2), like, nearest=True, seed=seed)
        assert [head.layer for head in matched] == [0, 0, 3]
        assert not set(matched) & set(like)
    with pytest.raises(ValueError, match="number 2 of those to be matched"):
        rh.matched_heads(rh.all_heads(1, 4), rh.all_heads(1, 3), nearest=True)
