"""Rewrite what chosen heads gather, before it is written to the residual stream."""

import hashlib
from collections.abc import Callable, Iterable

from jaxtyping import Float
from torch import Tensor

from rh_lens.heads import Head, by_layer
from rh_lens.model.hooks import Hook, Model, z

# a layer, the indices of its heads, and their z: what is to be their z instead
Rewriting = Callable[
    [int, list[int], Float[Tensor, "batch pos chosen d_head"]],
    Float[Tensor, "... chosen d_head"],
]


def rewrite(model: Model, heads: Iterable[Head], rewriting: Rewriting) -> list[Hook]:
    """Hooks that put `rewriting` of these heads' z in its place, and leave other heads' alone."""
    layers = by_layer(heads)
    check_heads(model, layers)

    def hook(layer: int, indices: list[int]) -> Hook:
        def act(
            gathered: Float[Tensor, "batch pos head d_head"],
        ) -> Float[Tensor, "batch pos head d_head"]:
            rewritten = gathered.clone()
            rewritten[:, :, indices] = rewriting(layer, indices, gathered[:, :, indices]).to(
                gathered
            )
            return rewritten

        return z(layer), act

    return [hook(layer, indices) for layer, indices in layers.items()]


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
