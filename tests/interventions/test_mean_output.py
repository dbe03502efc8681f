"""MeanOutput puts the mean where the heads' own output was."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.mean_output import MeanOutput, mean_output
from rh_lens.interventions.zero_output import ZeroOutput

HEAD = rh.Head(2, 2)


def zeros(model):
    return torch.zeros(model.cfg.n_layers, model.cfg.n_heads, model.cfg.d_head)


def case(tokens):
    return rh.Case(tokens, tokens[:1], range(0))


def test_a_mean_of_zeros_is_silence(organisms, tokens, logits):
    with MeanOutput([HEAD], zeros(organisms)).on(organisms):
        mean = logits(organisms, tokens)
    with ZeroOutput([HEAD]).on(organisms):
        assert torch.equal(logits(organisms, tokens), mean)


def test_every_position_of_every_prompt_weighs_the_same(organisms, tokens):
    long, short = tokens[:30], tokens[30:]
    of_both = mean_output(organisms, [case(long), case(short)])
    means = [mean_output(organisms, [case(each)]) for each in (long, short)]
    assert torch.allclose(of_both, (30 * means[0] + 10 * means[1]) / 40, atol=1e-6)


def test_the_mean_is_of_what_the_heads_gathered(organisms, tokens, logits):
    seen = []
    with organisms.hooks(
        fwd_hooks=[("blocks.2.attn.hook_z", lambda z, hook: seen.append(z[0, :, 2]))]
    ):
        logits(organisms, tokens)
    assert torch.allclose(mean_output(organisms, [case(tokens)])[HEAD], seen[0].mean(0), atol=1e-6)


def test_the_mean_of_another_model_is_refused(organisms):
    with (
        pytest.raises(ValueError, match=r"2 layers of 8 heads of width 32.*has 4 of 8"),
        MeanOutput([HEAD], zeros(organisms)[:2]).on(organisms),
    ):
        pass


def test_another_mean_has_another_repr(organisms):
    mean = zeros(organisms)
    assert repr(MeanOutput([HEAD], mean)) == repr(MeanOutput([HEAD], mean.clone()))
    assert repr(MeanOutput([HEAD], mean)) != repr(MeanOutput([HEAD], mean + 1e-6))


def test_a_mean_over_nothing_is_refused(organisms):
    with pytest.raises(ValueError, match="at least one"):
        mean_output(organisms, [])
