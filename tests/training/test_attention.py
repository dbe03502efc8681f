"""Attention in pieces is attention, however it is cut."""

import pytest
import torch
import torch.nn.functional as F

from training import attention, train
from training.model import blank


def made(seed, *shape):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=draw, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("length", [1, 5, 6, 13])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("heads", "groups"), [(4, 2), (3, 1), (2, 2)])
@pytest.mark.parametrize("elements", [1, 200, 1 << 18])
def test_it_gives_the_values_and_gradients_of_pytorch(
    monkeypatch, length, rows, heads, groups, elements
):
    monkeypatch.setattr(attention, "BLOCK", 6)
    monkeypatch.setattr(attention, "ELEMENTS", elements)
    q = made(0, rows, heads, length, 8)
    k, v = (made(seed, rows, groups, length, 8) for seed in (1, 2))
    weigh = made(3, rows, heads, length, 8).detach()
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3, enable_gqa=True)
    found = attention.Pieces.apply(q, k, v, 0.3)
    torch.testing.assert_close(found, expected)
    theirs = torch.autograd.grad((expected * weigh).sum(), (q, k, v))
    ours = torch.autograd.grad((found * weigh).sum(), (q, k, v))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_a_model_calls_it_as_it_is_meant_to_be_called():
    model, tokens = blank(0).eval(), torch.arange(3, 40).view(1, -1)
    with torch.no_grad():
        expected = model(tokens).logits
        model.set_attn_implementation(attention.NAME)
        torch.testing.assert_close(model(tokens).logits, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["sdpa", attention.NAME])
def test_what_is_read_out_at_some_tokens_is_what_the_whole_model_says_there(kind):
    """And its gradients; rows have different numbers of such tokens, one of them none."""
    model = blank(0)
    model.set_attn_implementation(kind)
    tokens = torch.arange(3, 63).view(3, 20)
    weights = torch.zeros(3, 20)
    weights[0, [1, 7, 8, 19]] = torch.tensor([0.5, 1.0, 3.0, 2.0])
    weights[2, 13] = 1.0
    kept = weights[:, 1:] > 0
    expected = model(tokens).logits[:, :-1][kept]
    found, target, weight = train.predicted(model, tokens, weights)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert target.tolist() == [4, 10, 11, 22, 56]
    assert weight.tolist() == [0.5, 1.0, 3.0, 2.0, 1.0]
    theirs = torch.autograd.grad(expected.square().sum(), list(model.parameters()))
    ours = torch.autograd.grad(found.square().sum(), list(model.parameters()))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)
