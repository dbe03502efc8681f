"""Patch puts in what the heads gathered in another run."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.intervention import Unchanged
from rh_lens.interventions.patch import Patch
from rh_lens.model.record import record

HEADS = [rh.Head(1, 6), rh.Head(1, 7), rh.Head(2, 2)]


@pytest.fixture
def source(organisms, tokens):
    return record(organisms, tokens.flip(0))


def test_patched_heads_gather_what_they_did_in_the_other_run(organisms, tokens, source, logits):
    """By hand, through TransformerLens' own hooks."""

    def put(z, hook):
        layer = hook.layer()
        for index in [head.index for head in HEADS if head.layer == layer]:
            z[0, :, index] = source[layer, :, index]
        return z

    names = [f"blocks.{layer}.attn.hook_z" for layer in (1, 2)]
    with organisms.hooks(fwd_hooks=[(name, put) for name in names]):
        by_hand = logits(organisms, tokens)
    with Patch(HEADS, source).on(organisms):
        patched = logits(organisms, tokens)
    assert torch.equal(patched, by_hand)
    assert not torch.equal(patched, logits(organisms, tokens))


def test_a_patch_with_the_run_itself_is_an_error(organisms, tokens, logits):
    own = record(organisms, tokens)
    with pytest.raises(Unchanged, match="Patch"), Patch(HEADS, own).on(organisms):
        logits(organisms, tokens)


def test_a_patch_of_another_length_is_refused(organisms, tokens, source, logits):
    with (
        pytest.raises(ValueError, match="a patch of 40 tokens met a forward pass over 39"),
        Patch(HEADS, source).on(organisms),
    ):
        logits(organisms, tokens[:-1])


def test_generating_under_a_patch_is_refused(organisms, tokens, source):
    case = rh.Case(tokens, tokens[:2], range(0, 2))
    with pytest.raises(ValueError, match="in one pass"), Patch(HEADS, source).on(organisms):
        rh.Greedy()(organisms, case)


def test_a_patch_from_another_model_is_refused(organisms, source):
    with pytest.raises(ValueError, match="7 heads"), Patch(HEADS, source[:, :, :7]).on(organisms):
        pass
