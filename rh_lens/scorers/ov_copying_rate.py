"""ov_copying_rate: how often what a head moves comes out on top. From the weights alone."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.hooks import Model
from rh_lens.scorers.from_weights import from_weights
from rh_lens.scores.head_scores import HeadScores


@torch.no_grad()
def ov_copying_rate(model: Model, *, k: int = 5, count: int = 1000, seed: int = 0) -> HeadScores:
    """The share of tokens that a head, looking at one, would put among its `k` likeliest.

    For `count` tokens t drawn from the vocabulary, whether t is among the k largest entries of
    W_E[t] W_V W_O W_U (the copy score of Wang et al. 2022, arXiv:2211.00593, who look at names
    after the first MLP; here layer norm and MLPs are left out). A copying head scores 1, a head
    that writes at random k over the vocabulary's size, one that writes nothing NaN.
    """
    size = model.W_E.shape[0]
    if not (0 < k < size and count > 0):
        raise ValueError(f"got k={k} and count={count}: give 1 or more, k below {size} tokens")
    drawn = torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count]
    values = torch.stack([_rate(model, layer, drawn, k) for layer in range(model.cfg.n_layers)])
    how = f"ov_copying_rate(k={k}, count={count})"
    return from_weights(model, "OV copying rate", values, how, seed)


def _rate(model: Model, layer: int, drawn: Int[Tensor, " token"], k: int) -> Float[Tensor, " head"]:
    attention = model.blocks[layer].attn
    output = attention.W_O.float()
    value = attention.W_V.float().repeat_interleave(len(output) // len(attention.W_V), dim=0)
    tokens = drawn.to(model.W_E.device)
    rates = []
    for read, written in zip(value, output, strict=True):  # head by head: vocab is large
        logits = model.W_E[tokens].float() @ read @ written @ model.W_U.float()  # token vocab
        own = logits.gather(1, tokens[:, None])
        copied = ((logits > own).sum(dim=1) < k).float().mean()
        rates.append(copied if bool(logits.any()) else copied * torch.nan)
    return torch.stack(rates).cpu()
