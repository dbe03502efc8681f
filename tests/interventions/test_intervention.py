"""What holds for every intervention: it acts, it ends, and it says when it did nothing."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.intervention import Unchanged
from rh_lens.interventions.mean_output import MeanOutput
from rh_lens.interventions.query_zero import QueryZero
from rh_lens.interventions.scale_output import ScaleOutput
from rh_lens.interventions.zero_output import ZeroOutput

ONE, TWO = rh.Head(2, 2), rh.Head(1, 6)


def test_the_model_is_left_as_it_was(organisms, tokens, logits):
    before = logits(organisms, tokens)
    with ZeroOutput([ONE]).on(organisms):
        during = logits(organisms, tokens)
    assert not torch.equal(during, before)
    assert torch.equal(logits(organisms, tokens), before)


@pytest.mark.parametrize("ablation", [ZeroOutput, QueryZero, rh.UniformAttention])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_the_model_is_left_as_it_was_after_an_exception(
    organisms, tokens, logits, ablation, interruption
):
    before = logits(organisms, tokens)

    def interrupted():
        with (ablation([ONE]) + ablation([TWO])).on(organisms):
            logits(organisms, tokens)
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert torch.equal(logits(organisms, tokens), before)


def test_hooks_of_the_user_outlive_an_intervention(organisms, tokens, logits):
    fired = []
    with organisms.hooks(fwd_hooks=[("blocks.0.attn.hook_z", lambda z, hook: fired.append(1))]):
        with ZeroOutput([ONE]).on(organisms):
            logits(organisms, tokens)
        logits(organisms, tokens)
    assert len(fired) == 2


def test_an_intervention_on_a_model_that_never_runs_is_an_error(organisms):
    with (
        pytest.raises(RuntimeError, match="without ever reaching"),
        ZeroOutput([ONE]).on(organisms),
    ):
        pass


def test_two_interventions_act_together(organisms, tokens, logits):
    with (ZeroOutput([ONE]) + ZeroOutput([TWO])).on(organisms):
        sum_of_both = logits(organisms, tokens)
    with ZeroOutput([ONE, TWO]).on(organisms):
        both = logits(organisms, tokens)
    assert torch.equal(sum_of_both, both)


def test_where_two_interventions_meet_the_second_acts_on_what_the_first_made(
    organisms, tokens, logits
):
    cfg = organisms.cfg
    ones = torch.ones(cfg.n_layers, cfg.n_heads, cfg.d_head)
    with MeanOutput([ONE], 3 * ones).on(organisms):
        wanted = logits(organisms, tokens)
    with (MeanOutput([ONE], ones) + ScaleOutput([ONE], 3.0)).on(organisms):
        assert torch.equal(logits(organisms, tokens), wanted)


def test_each_part_of_a_sum_must_change_something(organisms, tokens, logits):
    idle = ScaleOutput([ONE], 1.0) + ZeroOutput([TWO])
    with (
        pytest.raises(RuntimeError, match=r"factor=1\.0.* changed nothing") as raised,
        idle.on(organisms),
    ):
        logits(organisms, tokens)
    assert not isinstance(raised.value, Unchanged)


def test_equal_parts_of_a_sum_are_told_apart(organisms, tokens, logits):
    """The second finds zeros to scale, and so changes nothing."""
    silenced = ScaleOutput([ONE], 0.0) + ScaleOutput([ONE], 0.0)
    with pytest.raises(RuntimeError, match="changed nothing"), silenced.on(organisms):
        logits(organisms, tokens)
