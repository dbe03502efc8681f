"""Prompts that begin alike are read next to each other, and their beginning once."""

import random

import pytest
import torch

from rh_lens.model.prefix_plan import APART, SHARED, plan, shared


def text(*pieces):
    """Tokens: `(3, 40)` is forty tokens of the third kind of text, no two kinds alike anywhere."""
    ids = [1000 * kind + i for kind, count in pieces for i in range(count)]
    return torch.tensor(ids, dtype=torch.long)


def cost(prompts, planned):
    """Tokens read, by the rule that `Plan` tells."""
    read, before = 0, torch.empty(0, dtype=torch.long)
    for index in planned.order:
        common = shared(before, prompts[index])
        known = max((stop for stop in planned.stops[index] if stop <= common), default=0)
        read += len(prompts[index]) - known
        before = prompts[index]
    return read


def branching(seed):
    """Prompts that part from a trunk, and from each other, at random places."""
    draw = random.Random(seed)
    prompts = [text((0, 900))]
    for kind in range(1, 25):
        from_whom = draw.choice(prompts)
        parting = draw.randrange(len(from_whom) + 1)
        prompts.append(torch.cat([from_whom[:parting], text((kind, draw.randrange(300)))]))
    draw.shuffle(prompts)
    return prompts


def test_a_needle_at_three_depths_stops_the_reading_where_it_stood_earlier():
    depths = (300, 500, 700)
    prompts = [text((0, depth), (1, 20), (2, 1000 - depth)) for depth in depths]
    planned = plan(prompts)
    assert planned.stops == ((300, 1020), (300, 500, 1020), (300, 500, 1020))
    assert cost(prompts, planned) == 1020 + 720 + 520
    assert planned.order[0] == 0 or planned.order[-1] == 0  # never between those that share more


def test_the_order_saves_what_the_order_given_would_lose():
    prompts = [text((0, depth), (1, 500)) for depth in (600, 0, 600, 0)]
    prompts[2][-1], prompts[3][-1] = 7, 7
    assert cost(prompts, plan(prompts)) == 1100 + 1 + 500 + 1


@pytest.mark.parametrize("seed", range(5))
def test_no_token_is_read_twice_but_where_partings_lie_close(seed):
    prompts = branching(seed)
    prefixes = {tuple(p[: i + 1].tolist()) for p in prompts for i in range(len(p))}
    spent = cost(prompts, plan(prompts))
    alone = sum(1 for p in prompts) * SHARED  # what is too short to share, at worst
    assert len(prefixes) <= spent <= len(prefixes) + alone + APART * len(prompts)
    assert spent < sum(map(len, prompts))


@pytest.mark.parametrize("seed", range(5))
def test_prompts_that_agree_stop_at_the_same_places(seed):
    prompts = branching(seed)
    stops = plan(prompts).stops
    for one, some in zip(prompts, stops, strict=True):
        for other, others in zip(prompts, stops, strict=True):
            common = min(shared(one, other), len(one) - 1, len(other) - 1)
            assert [s for s in some if s <= common] == [s for s in others if s <= common]
        assert some[-1] == len(one)
        assert all(
            late - early >= APART for early, late in zip([0, *some], some[:-1], strict=False)
        )


@pytest.mark.parametrize("seed", range(3))
def test_every_prompt_is_read(seed):
    prompts = branching(seed)
    assert sorted(plan(prompts).order) == list(range(len(prompts)))


def test_what_shares_too_little_stays_as_it_was_given():
    prompts = [text((0, SHARED - 1), (kind, 300)) for kind in (5, 3, 4)]
    planned = plan(prompts)
    assert planned.order == (0, 1, 2)
    assert planned.stops == ((len(prompts[0]),),) * 3
    longer = plan([torch.cat([torch.tensor([9]), prompt]) for prompt in prompts])
    assert longer.order == (1, 2, 0)
    assert all(stops[0] == SHARED for stops in longer.stops)


def test_a_prompt_that_begins_another_is_read_on_from():
    prompts = [text((0, 400)), text((0, 300)), text((0, 400))]
    planned = plan(prompts)
    assert cost(prompts, planned) == 400
    assert planned.stops == ((300, 400), (300,), (300, 400))


def test_nothing_to_read_is_no_trouble():
    assert plan([]).order == ()
    assert plan([torch.empty(0, dtype=torch.long)]).stops == ((0,),)
