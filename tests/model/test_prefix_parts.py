"""How prompts are shared out among several readers."""

import itertools

import pytest
import torch

from rh_lens.model.prefix_parts import ANSWER, parts
from rh_lens.model.prefix_plan import plan


def prompts(*groups, common=400, own=100):
    """As many prompts as each group says, which share their first tokens within the group."""
    draw = torch.Generator().manual_seed(0)
    return [
        torch.cat([beginning, torch.randint(1000, (own,), generator=draw)])
        for count in groups
        for beginning in [torch.randint(1000, (common,), generator=draw)]
        for _ in range(count)
    ]


def time(texts, part):
    """Tokens to read for a part, and what its answers take."""
    known = [0, *(400 if one // 6 == other // 6 else 0 for one, other in itertools.pairwise(part))]
    return sum(
        len(texts[index]) + ANSWER - saved for index, saved in zip(part, known, strict=False)
    )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 40])
def test_every_prompt_is_read_by_one_reader(count):
    texts = prompts(5, 1, 9, 2)
    order = plan(texts).order
    shares = parts(texts, order, count)
    assert len(shares) == count
    assert [index for share in shares for index in share] == list(order)


def test_those_that_share_a_beginning_stay_together():
    texts = prompts(6, 6, 6)
    shares = parts(texts, plan(texts).order, 3)
    assert [{index // 6 for index in share} for share in shares] == [{0}, {1}, {2}]


def test_a_beginning_that_all_share_is_read_by_each_so_that_none_waits():
    texts = prompts(12)
    assert [len(share) for share in parts(texts, range(12), 3)] == [4, 4, 4]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_no_other_cut_would_be_done_sooner(count):
    texts = prompts(6, 6)
    longest = max(time(texts, share) for share in parts(texts, range(12), count))
    others = (
        max(time(texts, range(*ends)) for ends in itertools.pairwise([0, *cuts, 12]))
        for cuts in itertools.combinations(range(1, 12), count - 1)
    )
    assert longest == min(others)


def test_a_long_prompt_is_not_joined_by_the_short_ones():
    draw = torch.Generator().manual_seed(0)
    texts = [torch.randint(1000, (length,), generator=draw) for length in (3000, 300, 300, 300)]
    assert parts(texts, range(4), 2) == [[0], [1, 2, 3]]


def test_readers_for_whom_nothing_is_left_get_nothing():
    assert parts(prompts(1), [0], 3) == [[0], [], []]
    assert parts(prompts(1), [], 2) == [[], []]
