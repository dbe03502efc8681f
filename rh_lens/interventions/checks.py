"""What an intervention must be told of a model before it can act on it."""

import hashlib

from jaxtyping import Float
from torch import Tensor

from rh_lens.heads import Head
from rh_lens.model.hooks import Model


def check_heads(model: Model, layers: dict[int, list[int]]) -> None:
    """Refuse heads that the model does not have, and an empty choice."""
    n_layers, n_heads = int(model.cfg.n_layers), int(model.cfg.n_heads)
    missing = [
        Head(layer, index)
        for layer, indices in layers.items()
        for index in indices
        if not (0 <= layer < n_layers and 0 <= index < n_heads)
    ]
    if missing or not layers:
        raise ValueError(
            f"{model.cfg.model_name!r} has {n_layers} layers of {n_heads} heads, got "
            f"{missing or 'no heads'}: choose among L0H0 to {Head(n_layers - 1, n_heads - 1)}"
        )


def check_model(model: Model, recorded: Float[Tensor, "layer ... head d_head"], what: str) -> None:
    """Refuse activations that cannot be this model's."""
    own = (int(model.cfg.n_layers), int(model.cfg.n_heads), int(model.cfg.d_head))
    got = (recorded.shape[0], *recorded.shape[-2:])
    if got != own:
        raise ValueError(
            f"{what} is of {got[0]} layers of {got[1]} heads of width {got[2]}, and "
            f"{model.cfg.model_name!r} has {own[0]} of {own[1]} of width {own[2]}: "
            "record it on this model"
        )


def fingerprint(activations: Float[Tensor, "..."]) -> str:
    """Tells activations from others in a repr."""
    content = activations.detach().float().cpu().contiguous().numpy().tobytes()
    return hashlib.sha256(content).hexdigest()[:16]
