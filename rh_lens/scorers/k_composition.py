"""k_composition: which heads read their keys from what one head writes. From weights alone."""

import torch

from rh_lens.heads import Head
from rh_lens.model.hooks import Model
from rh_lens.scorers.from_weights import from_weights
from rh_lens.scores.head_scores import HeadScores


@torch.no_grad()
def k_composition(model: Model, sender: Head) -> HeadScores:
    """How strongly each later head's keys read what `sender` writes (Elhage et al. 2021).

    TransformerLens' own K-composition: |W_QK^T W_OV| / (|W_QK| |W_OV|), Frobenius norms, between 0
    and 1, with W_OV the sender's and W_QK the receiver's. Heads in the sender's layer and before
    are NaN. From a previous-token head, the highest receivers are where induction can happen.
    Random weights score above 0 too: compare heads, not models.
    """
    n_layers, n_heads = model.cfg.n_layers, model.cfg.n_heads
    if not (0 <= sender.layer < n_layers and 0 <= sender.index < n_heads):
        raise ValueError(
            f"there is no head {sender}: the model has {n_layers} layers of {n_heads} heads"
        )
    received = model.all_composition_scores("K")[sender.layer, sender.index]  # layer head
    values = torch.as_tensor(received).float().cpu().clone()
    values[: sender.layer + 1] = torch.nan
    how = f"k_composition(sender={sender})"
    return from_weights(model, f"K-composition with {sender}", values, how)
