"""ZeroOutput silences the heads it names, and no others."""

import pytest
import torch
from interventions.circuits import BUSY, CASE, COPY, IDLE, NEEDLE
from transformers import GPT2Config, GPT2LMHeadModel

import rh_lens as rh
from rh_lens.interventions.intervention import Unchanged
from rh_lens.interventions.zero_output import ZeroOutput


@torch.no_grad()
def test_a_silenced_head_is_one_whose_output_weights_are_zero(organisms, tokens, logits, weights):
    """Query heads 2 and 3 of layer 2 share a key-value head: only the one named is silenced."""
    width = organisms.cfg.d_head
    for layer, index in [(2, 2), (1, 6), (1, 7)]:
        output = weights.model.layers[layer].self_attn.o_proj.weight
        output[:, index * width : (index + 1) * width] = 0
    with ZeroOutput([rh.Head(2, 2), rh.Head(1, 6), rh.Head(1, 7)]).on(organisms):
        silenced = logits(organisms, tokens)
    assert torch.allclose(silenced, weights(tokens[None]).logits[0], atol=1e-4)
    assert not torch.allclose(silenced, logits(organisms, tokens), atol=1e-2)


def test_silencing_the_copying_head_destroys_the_answer(planted):
    assert rh.Greedy()(planted, CASE).tokens.tolist() == NEEDLE
    with ZeroOutput([COPY]).on(planted):
        assert not rh.Greedy()(planted, CASE).found
    with ZeroOutput([BUSY]).on(planted):
        assert rh.Greedy()(planted, CASE).found


def test_silencing_a_head_that_writes_nothing_is_an_error(planted, logits):
    with pytest.raises(Unchanged, match=r"L0H1.*changed nothing"), ZeroOutput([IDLE]).on(planted):
        logits(planted, CASE.tokens)


def test_a_writing_head_beside_one_that_writes_nothing_is_enough(planted, logits):
    with ZeroOutput([IDLE, COPY]).on(planted):
        logits(planted, CASE.tokens)


@pytest.mark.parametrize("head", [rh.Head(4, 0), rh.Head(0, 8), rh.Head(-1, 0), rh.Head(0, -1)])
def test_a_head_that_does_not_exist_is_named(organisms, head):
    with (
        pytest.raises(ValueError, match=rf"4 layers of 8 heads, got \[{head}\]"),
        ZeroOutput([rh.Head(2, 2), head]).on(organisms),
    ):
        pass


def test_silencing_no_heads_is_an_error(organisms):
    with pytest.raises(ValueError, match="got no heads"), ZeroOutput([]).on(organisms):
        pass


@torch.no_grad()
def test_silencing_every_head_of_a_layer_leaves_its_output_bias(kind, tmp_path):
    """RetMask's released code zeroes entries of the bias, which belongs to no head."""
    config = GPT2Config(vocab_size=30, n_embd=16, n_layer=1, n_head=2, n_positions=20)
    plain = GPT2LMHeadModel(config)
    bias = plain.transformer.h[0].attn.c_proj.bias
    bias.copy_(torch.arange(16.0))
    plain.save_pretrained(tmp_path)
    model = rh.load(tmp_path, kind=kind)
    written = []
    keep = ("blocks.0.hook_attn_out", lambda out, hook: written.append(out.clone()))
    with ZeroOutput(rh.all_heads(1, 2)).on(model), model.hooks(fwd_hooks=[keep]):
        model(torch.arange(5)[None])
    torch.testing.assert_close(written[0][0], bias.expand(5, 16))
