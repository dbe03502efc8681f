"""How many needles it takes to know the strongest heads."""

import math

import pytest
import torch

from rh_lens import HeadScores
from rh_lens.experiments.top_overlap_curve import top_overlap_curve


def of(cases, needles):
    return HeadScores("score", torch.tensor(cases)[:, None], tuple({"needle": n} for n in needles))


def rows(curve, against):
    own = curve.frame[curve.frame["against"] == against]
    return {row["needles"]: (row["mean"], row["low"], row["high"]) for _, row in own.iterrows()}


# two needles agree on the top head; the third has another
THREE = of([[0.9, 0.1, 0.0], [0.8, 0.0, 0.1], [0.0, 0.3, 0.1]], "abc")


def test_every_needle_that_agrees_with_the_whole_counts():
    curve = top_overlap_curve(THREE, count=1, draws=600)
    mean, low, high = rows(curve, "all needles")[1]
    assert mean == pytest.approx(2 / 3, abs=0.06), "two of the three"
    assert (low, high) == (0, 1)


def test_all_needles_agree_with_themselves():
    curve = top_overlap_curve(THREE, count=1, draws=20)
    assert rows(curve, "all needles")[3] == (1, 1, 1)
    assert rows(curve, "all needles")[2][0] == 1, "the third never outweighs one of the first"


def test_needles_are_held_against_as_many_others_up_to_half():
    curve = top_overlap_curve(THREE, count=1, draws=600)
    others = rows(curve, "as many others")
    assert list(others) == [1]
    assert others[1][0] == pytest.approx(1 / 3, abs=0.06), "one of the three pairs agrees"


def test_cases_of_a_needle_are_drawn_together():
    twice = of([[1.0, 0.0], [0.0, 0.9], [1.0, 0.0], [0.0, 0.9]], "aabb")
    curve = top_overlap_curve(twice, count=1, draws=50)
    assert rows(curve, "all needles")[1] == (1, 1, 1), "each has one case for either head"


def test_heads_that_tie_share_the_last_place():
    tied = of([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], "ab")
    curve = top_overlap_curve(tied, count=2, draws=5)
    assert rows(curve, "all needles")[2][0] == pytest.approx((1 + 0.25 + 0.25) / 2)


def test_a_head_that_few_needles_did_not_measure_is_not_in_their_top():
    gaps = of([[math.nan, 0.1, 0.0], [0.9, 0.1, 0.0]], "ab")
    curve = top_overlap_curve(gaps, count=1, draws=400)
    assert rows(curve, "all needles")[1][0] == pytest.approx(0.5, abs=0.08)
    assert rows(curve, "as many others")[1][0] == 0


def test_heads_never_measured_count_in_no_chance():
    unseen = of([[1.0, 0.2, math.nan], [1.0, 0.3, math.nan]], "ab")
    assert top_overlap_curve(unseen, count=1, draws=2).chance == pytest.approx(0.5)
    assert top_overlap_curve(THREE, count=1, draws=2).chance == pytest.approx(1 / 3)


def test_enough_are_the_fewest_needles_whose_top_comes_again():
    ten = of([[1.0, 0.0, 0.0], *[[0.0, 1.0, 0.0]] * 9], "abcdefghij")
    curve = top_overlap_curve(ten, count=1, draws=300)
    assert rows(curve, "as many others")[1][0] == pytest.approx(0.8, abs=0.08)
    assert curve.enough(0.95) == 3, "two may be a tie, three outvote the first"
    assert curve.enough(0.7) == 1
    assert top_overlap_curve(THREE, count=1, draws=50).enough(0.9) is None


def test_the_same_seed_draws_the_same_needles():
    one, same, other = (top_overlap_curve(THREE, count=1, draws=9, seed=s) for s in (1, 1, 2))
    assert one.frame.equals(same.frame)
    assert not one.frame.equals(other.frame)


def test_many_needles_are_looked_at_in_few_sizes_that_end_with_all():
    many = of(torch.rand(60, 4).tolist(), range(60))
    sizes = list(rows(top_overlap_curve(many, count=1, draws=2), "all needles"))
    assert sizes == sorted(set(sizes))
    assert (sizes[0], sizes[-1]) == (1, 60)
    assert len(sizes) <= 12
    chosen = top_overlap_curve(many, count=1, sizes=[5, 40], draws=2)
    assert list(rows(chosen, "all needles")) == [5, 40]
    assert list(rows(chosen, "as many others")) == [5]


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(ValueError, match="got 1 needles: score cases of two"):
        top_overlap_curve(of([[1.0, 0.0]], "a"), count=1)
    for count in (0, 3):
        with pytest.raises(ValueError, match=f"got a top {count} of 3 heads: ask for one or more"):
            top_overlap_curve(THREE, count=count)
    for sizes in ([0], [4]):
        with pytest.raises(ValueError, match="ask for 1 to 3 needles"):
            top_overlap_curve(THREE, count=1, sizes=sizes)


def test_it_prints_what_was_held_against_what():
    said = repr(top_overlap_curve(THREE, count=1, draws=4, seed=5))
    assert "share of the top 1 heads in common" in said
    assert "by chance 0.33; 4 draws of needles, seed 5" in said
