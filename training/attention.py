"""Attention in pieces that stay in the cache of a core, and of some tokens in the last layer."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, rotate_half

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


def of_some(
    layer: LlamaDecoderLayer, hidden: Tensor, kept: Tensor, turns: tuple[Tensor, Tensor]
) -> Tensor:
    """What a layer leaves in the residual stream at some tokens, looking at all up to them.

    Few tokens of a sample are followed by one to predict; what the last layer says at others
    nobody reads.

    Args:
        hidden: What it reads, `batch pos d_model`.
        kept: At which tokens, `batch pos`, which may end before the last.
        turns: Cosines and sines of RoPE, each `1 pos d_head`.

    Returns:
        `kept d_model`, in the order of the tokens.
    """
    attention, count = layer.self_attn, kept.sum(1)
    most = int(count.max())
    at = kept.byte().argsort(dim=1, descending=True, stable=True)[:, :most]  # batch kept
    real = torch.arange(most, device=at.device) < count[:, None]
    own = hidden.gather(1, at[..., None].expand(-1, -1, hidden.shape[-1]))
    every, some = layer.input_layernorm(hidden), layer.input_layernorm(own)

    def heads(projected: Tensor) -> Tensor:
        return projected.unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)

    def turned(x: Tensor, at: Tensor | slice = slice(None)) -> Tensor:
        cos, sin = (table[0, at].unsqueeze(-3).to(x.dtype) for table in turns)
        return x * cos + rotate_half(x) * sin

    k, v = turned(heads(attention.k_proj(every))), heads(attention.v_proj(every))
    q = turned(heads(attention.q_proj(some)) * attention.scaling, at)
    groups, shared = k.shape[1], attention.num_key_value_groups
    scores = q.unflatten(1, (groups, shared)).flatten(2, 3) @ k.transpose(-1, -2)
    future = torch.arange(k.shape[2], device=at.device) > at[..., None]  # batch kept pos
    scores = scores.unflatten(2, (shared, most)).masked_fill(future[:, None, None], float("-inf"))
    seen = torch.softmax(scores, -1).flatten(2, 3) @ v
    seen = seen.unflatten(2, (shared, most)).flatten(1, 2).transpose(1, 2).flatten(2)
    hidden = own[real] + attention.o_proj(seen[real])
    return hidden + layer.mlp(layer.post_attention_layernorm(hidden))
