"""What a model computes with copies of its weights, in many small steps or thrice, without these.

TransformerLens turns weights about in every pass, to multiply in the order of Hugging Face. In a
pass over one token, copying takes longer than multiplying, and calling longer than computing.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear, rms_norm

Reading = Float[Tensor, "batch pos d_model"]
Part = Callable[[Reading], Tensor]


def queries_keys_values(
    attention: Any, query_input: Reading, key_input: Reading, value_input: Reading
) -> tuple[Tensor, Tensor, Tensor]:
    """What `attention.calculate_qkv_matrices` gives; for few tokens."""
    cfg = attention.cfg
    if cfg.use_split_qkv_input or cfg.use_attn_in or cfg.load_in_4bit:
        return attention.calculate_qkv_matrices(query_input, key_input, value_input)
    grouped = cfg.n_key_value_heads is not None and not cfg.ungroup_grouped_query_attention
    own = "_" if grouped else ""  # without it, they are repeated for every head
    q = _project(query_input, attention.W_Q, attention.b_Q)
    k = _project(key_input, getattr(attention, f"{own}W_K"), getattr(attention, f"{own}b_K"))
    v = _project(value_input, getattr(attention, f"{own}W_V"), getattr(attention, f"{own}b_V"))
    if cfg.use_qk_norm:
        q, k = _normed(q, attention.q_norm), _normed(k, attention.k_norm)
    return q, k, v


def _project(
    read: Reading,
    weight: Float[Tensor, "head d_model d_head"],
    bias: Float[Tensor, "head d_head"],
) -> Float[Tensor, "batch pos head d_head"]:
    return (torch.matmul(read[:, None], weight) + bias[:, None]).transpose(1, 2)


def _normed(
    heads: Float[Tensor, "batch pos head d_head"], norm: Callable[[Tensor], Tensor]
) -> Float[Tensor, "batch pos head d_head"]:
    return norm(heads.flatten(0, 2)).reshape(heads.shape)


def gated_mlp(mlp: Any) -> Part:
    """The forward of a `GatedMLP`, without gradients: what is widest of all is written in place."""

    def forward(read: Reading) -> Tensor:
        hidden = mlp.act_fn(linear(read, mlp.W_gate.T))
        hidden *= linear(read, mlp.W_in.T)
        hidden += mlp.b_in
        return linear(hidden, mlp.W_out.T, mlp.b_out)

    return forward


def unembedding(unembed: Any) -> Part:
    """The forward of an `Unembed`."""
    return lambda read: linear(read, unembed.W_U.T, unembed.b_U)


# norms that divide by the root mean square and multiply by a weight, and where they keep both
ROOT_MEAN_SQUARE = {
    "transformer_lens.RMSNorm": ("w", "eps"),
    **dict.fromkeys(
        (f"transformers.{family}RMSNorm" for family in ("Llama", "Mistral", "Qwen2", "Qwen3")),
        ("weight", "variance_epsilon"),
    ),
}


def normed_at_once(part: Any) -> Part | None:
    """The forward of a norm in one call, if `part` is one of those known to give the same."""
    package = type(part).__module__.partition(".")[0]  # others give their norms the same names
    names = ROOT_MEAN_SQUARE.get(f"{package}.{type(part).__name__}")
    if names is None or "forward" in vars(part):  # accelerate puts one there, to fetch weights
        return None
    weight, eps = (getattr(part, name) for name in names)
    if weight.dtype is not torch.float32:  # others differ in what they round, and when
        return None
    return lambda read: rms_norm(read, weight.shape, weight.to(read.device), eps)


def once_of_thrice(norm: Any) -> Part:
    """The forward of the norm before an attention, which reads the same for queries, for keys and
    for values."""
    usual, read_last, normed, left = normed_at_once(norm) or norm.forward, None, None, 0

    def forward(read: Reading) -> Tensor:
        nonlocal read_last, normed, left
        if read is not read_last:
            read_last, normed, left = read, usual(read), 3
        found, left = normed, left - 1
        if not left:
            read_last = normed = None
        return found

    return forward
