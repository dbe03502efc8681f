"""ov_copying: whether what a head moves, it moves unchanged. From the weights alone."""

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.hooks import Model
from rh_lens.scorers.from_weights import from_weights
from rh_lens.scores.head_scores import HeadScores


@torch.no_grad()
def ov_copying(model: Model) -> HeadScores:
    """Whether a head that looks at a token makes that same token likelier (Olsson et al. 2022).

    With l the eigenvalues of the whole path W_E W_V W_O W_U from tokens to logits, the sum of their
    real parts over the sum of their sizes, between -1 and 1 (arXiv:2209.11895; Elhage et al. 2021):
    1 if every token, looked at, raises its own logit. Layer norm is left out. The result has one
    case, the model. A head without weights is NaN.
    """
    around = model.W_U.float() @ model.W_E.float()  # d_model d_model
    values = torch.stack([_copying(model, layer, around) for layer in range(model.cfg.n_layers)])
    return from_weights(model, "OV copying", values, "ov_copying")


def _copying(
    model: Model, layer: int, around: Float[Tensor, "d_model d_model"]
) -> Float[Tensor, " head"]:
    attention = model.blocks[layer].attn
    output = attention.W_O.float()  # head d_head d_model
    value = attention.W_V.float()  # group d_model d_head, or one per head
    value = value.repeat_interleave(len(output) // len(value), dim=0)
    # the nonzero eigenvalues of a product stay when its factors move around the circle
    eigenvalues = torch.linalg.eigvals(output @ around.to(output.device) @ value)  # head d_head
    return eigenvalues.real.sum(dim=-1) / eigenvalues.abs().sum(dim=-1)
