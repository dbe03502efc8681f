"""Interventions know where they are, chunk by chunk, in every architecture."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.knockout import Knockout
from rh_lens.interventions.query_zero import QueryZero
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.model.context import empty
from rh_lens.model.forward import forward

HEADS = [rh.Head(0, 1), rh.Head(1, 6)]
LENGTH = 300  # more than two chunks of a prefill
SOME = range(140, 290)
CHANGES = {
    "q": QueryZero(HEADS, scope=SOME),
    "scores": Knockout(HEADS, range(130, 138), scope=SOME),
    "z": ZeroOutput(HEADS, scope=SOME),
}


@pytest.fixture(scope="module")
def model(folder, kind):
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def tokens():
    return torch.randint(2, 40, (LENGTH,), generator=torch.Generator().manual_seed(2))


@torch.no_grad()
@pytest.mark.parametrize("site", CHANGES)
def test_a_range_means_the_same_positions_in_chunks_and_in_one_pass(model, tokens, site):
    usual = forward(model, tokens[None], range(LENGTH))[0]
    with CHANGES[site].on(model):
        at_once = forward(model, tokens[None], range(LENGTH))[0]
        context = empty(model)
        context.read(tokens[:200])
        in_chunks = context.say(tokens[200:])
    torch.testing.assert_close(in_chunks, at_once[200:], atol=2e-4, rtol=0)
    torch.testing.assert_close(at_once[: SOME.start], usual[: SOME.start], atol=1e-5, rtol=0)
    assert not torch.allclose(at_once[SOME.start :], usual[SOME.start :], atol=1e-3)


def test_nothing_of_an_intervention_stays_behind(model, tokens):
    before = len(model.blocks[0].attn._forward_pre_hooks)
    with CHANGES["q"].on(model):
        forward(model, tokens[None], range(1))
        assert len(model.blocks[0].attn._forward_pre_hooks) == before + 1
    assert len(model.blocks[0].attn._forward_pre_hooks) == before
