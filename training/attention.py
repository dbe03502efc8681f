"""Attention: causal attention in pieces that stay in a core's cache, for training on a CPU."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

NAME = "pieces"  # what `set_attn_implementation` calls it
BLOCK = 256  # queries looked at together
ELEMENTS = 1 << 18  # scores held at a time


class Pieces(torch.autograd.Function):
    """Queries of `heads` heads, keys and values of fewer; what is future is never multiplied.

    PyTorch's own fused attention spends most of a training step of so small a model on a CPU.
    Here rows are taken as many at a time as give `ELEMENTS` scores, queries by blocks.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        rows, heads, length, size = q.shape
        groups = k.shape[1]
        shared = heads // groups
        q = (q * scale).view(rows, groups, shared, length, size)
        out = torch.empty_like(q)
        kept = []
        for row, begin, end in _pieces(rows, heads, length):
            look = q[row, :, :, begin:end].reshape(-1, shared * (end - begin), size)
            keys, values = (x[row, :, :end].flatten(0, 1) for x in (k, v))
            scores = torch.bmm(look, keys.transpose(1, 2))
            part = scores.view(-1, shared, end - begin, end)[..., begin:]
            part += _future(end - begin, q.dtype)
            pattern = torch.softmax(scores, -1)
            kept.append(pattern)
            seen = torch.bmm(pattern, values)
            out[row, :, :, begin:end] = seen.view(-1, groups, shared, end - begin, size)
        ctx.save_for_backward(q, k, v, *kept)
        ctx.scale = scale
        return out.view(rows, heads, length, size)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        q, k, v, *kept = ctx.saved_tensors
        rows, groups, shared, length, size = q.shape
        grad = grads[0].reshape(q.shape)
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for (row, begin, end), pattern in zip(
            _pieces(rows, groups * shared, length), kept, strict=True
        ):
            look, out = (
                x[row, :, :, begin:end].reshape(-1, shared * (end - begin), size) for x in (q, grad)
            )
            keys, values = (x[row, :, :end].flatten(0, 1) for x in (k, v))
            through = torch.bmm(out, values.transpose(1, 2))
            through = torch._softmax_backward_data(through, pattern, -1, q.dtype)
            dq[row, :, :, begin:end] = torch.bmm(through, keys).view(
                -1, groups, shared, end - begin, size
            )
            for to, one, two in ((dk, through, look), (dv, pattern, out)):
                to[row, :, :end] += torch.bmm(one.transpose(1, 2), two).view(-1, groups, end, size)
        return (dq * ctx.scale).view(rows, groups * shared, length, size), dk, dv, None


def _pieces(rows: int, heads: int, length: int) -> list[tuple[slice, int, int]]:
    block = min(BLOCK, length)
    many = max(1, ELEMENTS // (heads * block * length))
    return [
        (slice(row, row + many), begin, min(begin + block, length))
        for begin in range(0, length, block)
        for row in range(0, rows, many)
    ]


def _future(size: int, dtype: torch.dtype) -> Tensor:
    return torch.full((size, size), float("-inf"), dtype=dtype).triu(1)


def attend(
    module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, *, scaling: float,
    **others: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """The signature that transformers asks for."""
    return Pieces.apply(q.to(v.dtype), k.to(v.dtype), v, scaling).transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)
