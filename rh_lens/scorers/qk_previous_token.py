"""qk_previous_token: which heads look one position back by position alone. From the weights."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.scorers.from_weights import from_weights
from rh_lens.scores.head_scores import HeadScores


@torch.no_grad()
def qk_previous_token(model: Any, *, positions: int = 128) -> HeadScores:
    """The share of positions whose embedding asks most for that of the position before.

    For i = 1 .. `positions` - 1, whether (p_i W_Q + b_Q) (p_j W_K + b_K) is largest at j = i - 1
    among j <= i, with p the learned position embeddings, centred and scaled as by layer norm, its
    gain and bias left out (Elhage et al. 2021). 1 for a head that finds the previous token by
    position alone. A model that turns queries and keys instead (RoPE) keeps no positions in its
    residual stream: use `PreviousTokenScore` there.
    """
    if model.cfg.positional_embedding_type != "standard":
        raise ValueError(
            f"{model.cfg.model_name!r} has {model.cfg.positional_embedding_type!r} positions, "
            "which its weights do not show: measure PreviousTokenScore on text instead"
        )
    count = min(positions, model.cfg.n_ctx)
    if count < 2:
        raise ValueError(f"got positions={positions}: give 2 or more")
    places = model.pos_embed.W_pos[:count].float()
    places = places - places.mean(dim=-1, keepdim=True)
    places = places / places.std(dim=-1, unbiased=False, keepdim=True)
    values = torch.stack([_share(model, layer, places) for layer in range(model.cfg.n_layers)])
    how = f"qk_previous_token(positions={count})"
    return from_weights(model, "QK previous token", values, how)


def _share(model: Any, layer: int, places: Float[Tensor, "pos d_model"]) -> Float[Tensor, " head"]:
    attention = model.blocks[layer].attn
    query = torch.einsum("pm,hmd->hpd", places, attention.W_Q.float())
    key = torch.einsum("pm,hmd->hpd", places, attention.W_K.float())
    query, key = query + attention.b_Q.float()[:, None], key + attention.b_K.float()[:, None]
    asked = query @ key.transpose(1, 2)  # head query pos
    earlier = torch.ones_like(asked[0]).tril().bool()
    looked_at = asked.masked_fill(~earlier, -torch.inf).argmax(dim=-1)  # head query
    rows = torch.arange(1, asked.shape[1], device=asked.device)
    return (looked_at[:, 1:] == rows - 1).float().mean(dim=-1)
