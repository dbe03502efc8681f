"""The order in which cases stand for all of them, however few are asked."""

from collections import Counter

import pytest
import torch

from rh_lens.cases.case import Case
from rh_lens.cases.spread import spread


def case(**labels):
    return Case(torch.tensor([1, 2]), torch.tensor([2]), range(1, 2), labels)


NEEDLES, LENGTHS, DEPTHS = "abcdefgh", (512, 1024), (0.0, 0.25, 0.75, 1.0)
GRID = [
    case(needle=needle, length=length, depth=depth)
    for needle in NEEDLES
    for length in LENGTHS
    for depth in DEPTHS
]


def counts(order, label):
    return Counter(GRID[index].labels[label] for index in order)


@pytest.mark.parametrize("seed", range(5))
def test_every_beginning_is_even_over_needles_lengths_and_depths(seed):
    order = spread(GRID, seed=seed)
    assert sorted(order) == list(range(len(GRID)))
    for length in range(1, len(GRID) + 1):
        needles = counts(order[:length], "needle")
        assert max(needles.values()) - min(needles[needle] for needle in NEEDLES) <= 1
    for length in (8, 16, 24, 32):
        for label, values in (("length", LENGTHS), ("depth", DEPTHS)):
            had = counts(order[:length], label)
            assert max(had.values()) - min(had[value] for value in values) <= 2


def test_a_needle_is_not_asked_at_the_same_place_first_in_every_order():
    firsts = {GRID[spread(GRID, seed=seed)[0]].labels["needle"] for seed in range(20)}
    assert len(firsts) > 4
    places = {
        next((at["length"], at["depth"]) for i in order if (at := GRID[i].labels)["needle"] == "a")
        for order in (spread(GRID, seed=seed) for seed in range(40))
    }
    assert len(places) > 4


def test_the_order_depends_on_the_seed_and_on_nothing_else():
    assert spread(GRID, seed=3) == spread(GRID, seed=3)
    assert spread(GRID, seed=3) != spread(GRID, seed=4)


def test_a_needle_with_few_cases_runs_out_and_the_others_go_on():
    uneven = [case(needle="a"), *(case(needle="b", depth=i / 9) for i in range(10))]
    order = spread(uneven, seed=0)
    assert sorted(order) == list(range(11))
    assert 0 in order[:2]


def test_cases_without_a_needle_are_drawn_one_by_one():
    nameless = [case(task="repeats") for _ in range(30)]
    order = spread(nameless, seed=0)
    assert sorted(order) == list(range(30))
    assert order != sorted(order)


def test_cases_of_one_needle_in_the_same_place_are_drawn_too():
    alike = [case(needle="a", depth=0.5) for _ in range(30)]
    order = spread(alike, seed=0)
    assert sorted(order) == list(range(30))
    assert order not in (sorted(order), sorted(order, reverse=True))
