"""When the strongest heads are known: the rule, by hand."""

import math

import pytest
import torch

from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.stable import Stable


def of(columns, needles=None):
    """Scores of one layer, a column of cases for every head."""
    values = torch.tensor(columns).T[:, None]
    needles = needles or range(len(values))
    return HeadScores("score", values, tuple({"needle": needle} for needle in needles))


def test_looks_are_half_as_many_cases_more_each_time_up_to_the_last():
    assert Stable().looks(100) == [16, 24, 36, 54, 81, 100]
    assert Stable(at_most=30).looks(100) == [16, 24, 30]
    assert Stable(at_most=300).looks(54) == [16, 24, 36, 54]
    assert [Stable().looks(count) for count in (5, 16, 17)] == [[5], [16], [16, 17]]


def test_the_doubt_is_shared_among_all_looks_there_can_be():
    assert Stable(confidence=0.9).doubt(100) == pytest.approx(0.1 / 6)
    assert Stable(confidence=0.9, at_most=30).doubt(100) == pytest.approx(0.1 / 3)


def test_needles_are_as_many_as_a_coin_needs_to_show_the_same_face_too_often():
    rule = Stable(confidence=0.75, at_most=30)  # three looks: one time in twelve
    assert rule.needles(100) == 5
    assert 2.0 ** (1 - 5) <= 0.25 / 3 < 2.0 ** (1 - 4)


def test_a_draw_that_leaves_out_the_needles_that_tell_two_heads_apart_disagrees():
    # head 0 is ahead in two of eight needles: a draw has neither with probability .75^8 = .1
    ahead = [[1.0, 1.0] + [0.5] * 6, [0.5] * 8, [0.0] * 8]
    rule = Stable(top=1, confidence=0.5)
    assert rule.agreement(of(ahead), 16) == pytest.approx(1 - 0.75**8, abs=0.03)
    assert rule.suffices(rule.agreement(of(ahead), 16), 16)
    strict = Stable(top=1, confidence=0.95)
    assert not strict.suffices(0.9499, 16)
    assert strict.suffices(0.9501, 16)
    assert not strict.suffices(0.96, 17)  # two looks


def test_whole_needles_are_drawn():
    # the same cases, of needles of two cases each: one needle of eight tells the heads apart
    ahead = [[1.0, 1.0] + [0.5] * 14, [0.5] * 16]
    needles = [i // 2 for i in range(16)]
    share = Stable(top=1, confidence=0.5).agreement(of(ahead, needles), 16)
    assert share == pytest.approx(1 - (7 / 8) ** 8, abs=0.03)


def test_a_tie_for_the_last_place_is_not_knowledge():
    tied = [[0.9] * 8, [0.0] * 8, [0.0] * 8]
    assert Stable(top=1, confidence=0.5).agreement(of(tied), 16) == 1
    assert Stable(top=2, confidence=0.5).agreement(of(tied), 16) == 0
    assert Stable(top=2, swaps=1, confidence=0.5).agreement(of(tied), 16) == 1


def test_swaps_are_heads_that_may_be_others():
    # heads 1 and 2 are ahead of each other in half of the needles
    even = [[0.9] * 8, [0.6] * 4 + [0.2] * 4, [0.2] * 4 + [0.61] * 4, [0.0] * 8]
    assert Stable(top=2, confidence=0.5).agreement(of(even), 16) < 0.8
    assert Stable(top=2, swaps=1, confidence=0.5).agreement(of(even), 16) == 1


def test_cases_the_model_failed_are_no_needles():
    failed = [[0.9] * 6 + [math.nan] * 10, [0.1] * 6 + [math.nan] * 10]
    assert Stable(top=1, confidence=0.95).needles(16) == 6
    assert Stable(top=1, confidence=0.95).agreement(of(failed), 16) == 1
    fewer = [[math.nan, *column[1:]] for column in failed]
    assert Stable(top=1, confidence=0.95).agreement(of(fewer), 16) is None
    assert not Stable(top=1, confidence=0.95).suffices(None, 16)


def test_a_head_that_was_never_measured_is_below_the_others():
    missing = [[0.9] * 8, [math.nan] * 8, [0.1] * 8]
    assert Stable(top=2, confidence=0.5).agreement(of(missing), 16) == 1


def test_a_doubt_of_one_in_a_thousand_takes_more_than_a_thousand_draws():
    ahead = [[1.0] + [0.5] * 11, [0.5] * 12]
    share = Stable(top=1, confidence=0.999).agreement(of(ahead), 16)
    assert share == pytest.approx(1 - (11 / 12) ** 12, abs=0.02)
    assert round(share * 100_000) % 100 != 0  # nor is it the same thousand again and again


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"top": 0}, "got top=0 and swaps=0"),
        ({"top": 3, "swaps": 3}, "at least one head must be known"),
        ({"swaps": -1}, "swaps=-1"),
        ({"confidence": 1.0}, "confidence is 1.0: give a share between 0 and 1"),
        ({"confidence": 0.0}, "confidence is 0.0"),
        ({"at_most": 0}, "at_most is 0: ask at least one case"),
    ],
)
def test_a_rule_that_asks_nothing_is_refused(wrong, complaint):
    with pytest.raises(ValueError, match=complaint):
        Stable(**wrong)


def test_what_could_never_be_shown_is_refused_before_anything_is_asked():
    three = ["a", "b", "c"] * 200
    with pytest.raises(ValueError, match=r"3 needles cannot show with confidence 0\.95.* 9 could"):
        Stable(top=20).check(three, 1024)
    with pytest.raises(ValueError, match="all 20 heads of this model are among its top 20"):
        Stable(top=20).check(range(600), 20)
    with pytest.raises(ValueError, match="5 needles cannot show"):
        Stable(top=20, at_most=5).check(range(600), 1024)
    Stable(top=20).check(list(range(9)) * 70, 1024)
