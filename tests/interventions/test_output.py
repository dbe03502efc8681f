"""Interventions on what heads write: scaled, and taken from elsewhere."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.mean_output import MeanOutput
from rh_lens.interventions.resample_output import ResampleOutput, output_pool
from rh_lens.interventions.scale_output import ScaleOutput
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.model.context import empty
from rh_lens.model.forward import forward
from rh_lens.model.record import record, recording

HEADS = [rh.Head(1, 6), rh.Head(2, 2)]


def case(tokens):
    return rh.Case(tokens, tokens[:1], range(0))


def gathered(model, tokens, change):
    with change.on(model), recording(model, "z") as seen:
        forward(model, tokens[None], range(1))
    return seen.of("z")


def test_a_scaled_head_writes_as_many_times_more(organisms, tokens):
    doubled = gathered(organisms, tokens, ScaleOutput([HEADS[0]], 2.5))
    usual = record(organisms, tokens)
    torch.testing.assert_close(doubled[1, :, 6], 2.5 * usual[1, :, 6], atol=1e-5, rtol=0)


def test_scaling_to_nothing_is_silence(organisms, tokens, logits):
    with ScaleOutput(HEADS, 0.0).on(organisms):
        scaled = logits(organisms, tokens)
    with ZeroOutput(HEADS).on(organisms):
        assert torch.equal(logits(organisms, tokens), scaled)


@pytest.fixture
def pool(organisms, tokens):
    return output_pool(organisms, [case(tokens[:30]), case(tokens[30:])], count=12)


def test_a_pool_holds_what_the_heads_gathered_at_positions_of_the_prompts(organisms, tokens, pool):
    runs = torch.cat([record(organisms, each) for each in (tokens[:30], tokens[30:])], dim=1)
    assert pool.shape == (4, 12, 8, 32)
    same = torch.stack([(runs == sample[:, None]).all(dim=(0, 2, 3)) for sample in pool.unbind(1)])
    assert same.any(dim=1).all()
    assert same.any(dim=0).sum() == 12  # no position twice


def test_a_small_reference_is_taken_whole(organisms, tokens):
    assert output_pool(organisms, [case(tokens)], count=500).shape[1] == len(tokens)


def test_heads_are_resampled_together_from_one_place(organisms, tokens, pool):
    put = gathered(organisms, tokens.flip(0), ResampleOutput(HEADS, pool))
    for row in put.unbind(1):
        both = (pool[1, :, 6] == row[1, 6]).all(-1) & (pool[2, :, 2] == row[2, 2]).all(-1)
        assert both.sum() == 1


def test_a_draw_depends_on_the_seed_and_on_the_position_alone(organisms, tokens, pool):
    text = torch.cat([tokens] * 6)
    with ResampleOutput(HEADS, pool, seed=1).on(organisms):
        at_once = forward(organisms, text[None], range(230, 240))[0].detach()
        context = empty(organisms)
        context.read(text[:230])
        torch.testing.assert_close(context.say(text[230:]), at_once, atol=1e-4, rtol=0)
    with ResampleOutput(HEADS, pool, seed=2).on(organisms):
        assert not torch.allclose(forward(organisms, text[None], range(230, 240))[0], at_once)


def test_a_pool_of_one_is_a_mean_of_one(organisms, tokens, pool, logits):
    with ResampleOutput(HEADS, pool[:, :1]).on(organisms):
        resampled = logits(organisms, tokens)
    with MeanOutput(HEADS, pool[:, 0]).on(organisms):
        assert torch.equal(logits(organisms, tokens), resampled)


def test_another_seed_or_pool_has_another_repr(pool):
    told = {
        repr(ResampleOutput(HEADS, pool)),
        repr(ResampleOutput(HEADS, pool, seed=1)),
        repr(ResampleOutput(HEADS, pool + 1)),
        repr(ResampleOutput(HEADS, pool, scope="prompt")),
    }
    assert len(told) == 4


def test_a_pool_of_nothing_is_refused(organisms):
    with pytest.raises(ValueError, match="1 or more"):
        output_pool(organisms, [])


def test_a_pool_of_another_model_is_refused(organisms, pool):
    with (
        pytest.raises(ValueError, match="the pool is of 3 layers"),
        ResampleOutput(HEADS, pool[:3]).on(organisms),
    ):
        pass
