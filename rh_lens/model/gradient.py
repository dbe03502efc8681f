"""How a number made of a run's logits would change with its activations."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.forward import forward
from rh_lens.model.hooks import Hook, Model, hooked
from rh_lens.model.record import NAMES, Site

Number = Callable[[Float[Tensor, "1 row vocab"]], Float[Tensor, " 1"]]


@torch.enable_grad()
def gradient(
    model: Model,
    tokens: Int[Tensor, " pos"],
    rows: range,
    site: Site,
    number: Number,
    *,
    beginning: Float[Tensor, "pos d_model"] | None = None,
) -> Float[Tensor, "layer ..."]:
    """The slope of `number` in what stands at a site of every layer, in one pass there and back.

    Weights get no gradient of their own, and keep whether they may have one.

    Args:
        rows: Of which logits `number` is made, as in `forward`.
        beginning: What the text's residual stream begins with, instead of its embeddings.
    """
    probes: list[Float[Tensor, "1 ..."]] = []

    def begin(activation: Float[Tensor, "1 pos d_model"]) -> Float[Tensor, "1 pos d_model"]:
        if beginning is None:
            return activation
        return beginning[None].to(activation)

    def probe(activation: Float[Tensor, "1 ..."]) -> Float[Tensor, "1 ..."]:
        # adding 0 changes nothing, and the slope in what is added is the slope wanted
        probes.append(torch.zeros_like(activation, requires_grad=True))
        return activation + probes[-1]

    names = [NAMES[site](layer) for layer in range(int(model.cfg.n_layers))]
    hooks: list[Hook] = [(NAMES["residual"](0), begin), *((name, probe) for name in names)]
    with hooked(model, hooks):
        value = number(forward(model, tokens[None], rows))
        slopes = torch.autograd.grad(value.sum(), probes)
    return torch.stack([slope[0] for slope in slopes]).detach()
