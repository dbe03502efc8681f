"""What made a head look where it looked?"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.experiments.shares import EXACT, biases, told
from rh_lens.heads import Head
from rh_lens.model.attending import Attending
from rh_lens.model.held_norm import HeldNorm, hold
from rh_lens.model.hooks import Model
from rh_lens.model.reread import Reread

UNSEEN = 1e9  # a score so far below the highest of its row is a mask's


class Feeding(NamedTuple):
    """Scores that a head gave, and how much of each came from every part of the model.

    The last part are the biases: what there would be of the score without any other part. Told by
    key or by query, the parts add up to the score, or are NaN.
    """

    score: Float[Tensor, " step"]
    by_key: Float[Tensor, "step part"]
    by_query: Float[Tensor, "step part"]


def feeding(model: Model, seen: Reread, head: Head, looked_at: list[int]) -> Feeding:
    """Take apart the score, before the softmax, that a head gave to one position in each row.

    By key: the row's query held, and the scale of the layer's norm, the score is linear in what
    each earlier part put at that position. By query: the same of the row, the key held. Of the
    softmax nothing is said: what a part gives to all keys of a row alike turns no look.
    """
    layer, index = head
    block, attention = model.blocks[layer], seen.attending[layer]
    rows = list(range(len(seen.rows)))
    here = [len(seen.positions) - len(rows) + row for row in rows]
    there = [seen.positions.index(position) for position in looked_at]
    slopes = [attention.slopes(index, *look) for look in zip(rows, looked_at, strict=True)]
    norm = hold(block.ln1, seen.residual[layer].to(block.attn.W_Q.dtype))
    queries, keys = torch.cat(attention.queries, dim=1)[0], torch.cat(attention.keys, dim=1)[0]
    n_heads, groups = queries.shape[1], keys.shape[1]
    group = index * groups // n_heads
    towards_queries = torch.stack([query for query, _ in slopes])
    towards_keys = torch.stack(
        [key[place, group] for (_, key), place in zip(slopes, there, strict=True)]
    )
    W_Q, W_K = block.attn.W_Q[index], block.attn.W_K
    W_K = W_K[index * len(W_K) // n_heads]  # it comes by group or, repeated, by head
    score = visible_scores(attention, index, looked_at)
    by_key = _shares(seen, layer, norm, W_K, keys[:, group], towards_keys, there)
    by_query = _shares(seen, layer, norm, W_Q, queries[:, index], towards_queries, here)
    return Feeding(score, told(by_key, score), told(by_query, score))


def visible_scores(
    attention: Attending, index: int, looked_at: list[int]
) -> Float[Tensor, " step"]:
    """What a head gave to a position in each row of the latest pass, before the softmax: NaN where
    the row cannot see it, or where the attention is not the softmax of what was recorded."""
    scores = attention.scores[-1][0, index].detach().float()
    pattern = attention.patterns[-1][0, index].float()
    # a learnt sink takes its share of a row beside the softmax of the scores
    off = scores.softmax(dim=-1) - pattern / pattern.sum(dim=-1, keepdim=True)
    found = scores[range(len(scores)), looked_at]
    hidden = found <= scores.amax(dim=-1) - UNSEEN
    return found.masked_fill(hidden | (off.abs().amax(dim=-1) > EXACT), torch.nan)


def _shares(
    seen: Reread,
    layer: int,
    norm: HeldNorm,
    weights: Float[Tensor, "d_model d_head"],
    projected: Float[Tensor, "pos d_head"],
    slopes: Float[Tensor, "step d_head"],
    at: list[int],
) -> Float[Tensor, "step part_and_biases"]:
    """What each part gave along the slopes, by way of a norm and a projection."""
    weights, slopes = weights.detach().float(), slopes.float()
    shift = biases(projected.detach().float(), norm.moved.float() @ weights)
    rest = biases(seen.residual[layer], seen.parts.total(layer))
    directions = norm.pull(slopes @ weights.T, at).float()
    parts = seen.parts.along(directions, at, layer)
    others = directions @ rest + slopes @ shift
    return torch.cat([parts, others[:, None]], dim=-1)
