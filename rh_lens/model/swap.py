"""Put activations of one run into others, a different stretch of it into each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rh_lens.model.hooks import Hook, Model
from rh_lens.model.record import NAMES, Site


@dataclass(frozen=True, eq=False)
class Swap:
    """Some of the vectors that stand at one layer.

    Attributes:
        where: Which: [pos head] (or group) of `z`, `q`, `k`, `v`, [head query] of `pattern`, [pos]
            of `residual` and `mlp`.
    """

    layer: int
    where: Bool[Tensor, "..."]


def swapping(
    model: Model, site: Site, swaps: Sequence[Swap], source: Float[Tensor, "layer ..."]
) -> list[Hook]:
    """Hooks under which the text in each row of a batch has, where its swap says so, what stood at
    the site in another run over a text as long."""

    def hook(layer: int) -> Hook:
        rows = [swap.where & (swap.layer == layer) for swap in swaps]
        where = torch.stack(rows)[..., None].to(model.cfg.device)

        def act(activation: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch ..."]:
            return torch.where(where, source[layer].to(activation), activation)

        return NAMES[site](layer), act

    return [hook(layer) for layer in sorted({swap.layer for swap in swaps})]
