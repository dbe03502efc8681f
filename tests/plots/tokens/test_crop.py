"""What is left of a long text."""

import pytest

from rh_lens.plots.tokens.crop import joined, stretches


def test_a_text_that_fits_is_kept_whole():
    assert stretches(10, 10, [3]) == [range(10)]


def test_a_longer_one_keeps_as_much_around_each_place():
    assert stretches(100, 20, [10, 50]) == [range(5, 15), range(45, 55)]


def test_stretches_that_meet_are_one_and_end_where_the_text_does():
    assert stretches(100, 40, [0, 8, 99]) == [range(0, 23), range(84, 100)]


@pytest.mark.parametrize("limit", [12, 64, 333])
def test_no_more_is_kept_than_the_limit_and_every_place_is(limit):
    places = [0, 17, 18, 400, 999]
    kept = {position for stretch in stretches(1000, limit, places) for position in stretch}
    assert limit - 2 * len(places) < len(kept) <= limit
    assert set(places) <= kept


def test_what_is_left_out_is_counted_between_before_and_after():
    assert joined([range(5, 7), range(9, 12)], 20) == [5, range(5, 7), 2, range(9, 12), 8]
    assert joined([range(3)], 3) == [range(3)]
