"""Attention in pieces is attention, however it is cut."""

import pytest
import torch
import torch.nn.functional as F

from training import attention
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
