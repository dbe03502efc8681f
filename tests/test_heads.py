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
