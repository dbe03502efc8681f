"""Record the activations of a run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model import hooks
from rh_lens.model.context import empty
from rh_lens.model.hooks import Model, hooked

Site = Literal["z", "q", "k", "v", "pattern", "residual", "mlp"]
NAMES: dict[Site, Callable[[int], str]] = {
    "z": hooks.z,
    "q": hooks.q,
    "k": hooks.k,
    "v": hooks.v,
    "pattern": hooks.pattern,
    "residual": hooks.residual,
    "mlp": hooks.mlp,
}


@dataclass(frozen=True, eq=False)
class Recording:
    """The activations at some sites of every layer, pass by pass, of all that ran meanwhile."""

    passes: dict[Site, list[list[Float[Tensor, "..."]]]]

    def of(self, site: Site) -> Float[Tensor, "layer ..."]:
        """What stood at a site of every layer, of a run in a single forward pass.

        `z`, `q`: [layer pos head d_head]. `k`, `v`: [layer pos group d_head], a group being the
        query heads that share them. `pattern`: [layer head query pos]. `residual` (before the
        layer), `mlp` (what the MLP adds to it): [layer pos d_model].
        """
        counts = {len(layer) for layer in self.passes[site]}
        if counts != {1}:
            raise ValueError(
                f"a recording is of one forward pass over a whole prompt, got {sorted(counts)}: "
                "measure with a metric that does not generate, such as answer_logprob"
            )
        return torch.stack([layer[0] for layer in self.passes[site]])


@contextmanager
def recording(model: Model, *sites: Site) -> Iterator[Recording]:
    """Record whatever the model runs."""
    layers = range(int(model.cfg.n_layers))
    seen = Recording({site: [[] for _ in layers] for site in sites})

    keeping = [
        (NAMES[site](layer), partial(_keep, seen.passes[site][layer]))
        for site in sites
        for layer in layers
    ]
    with hooked(model, keeping):
        yield seen


def _keep(passes: list[Float[Tensor, "..."]], activation: Float[Tensor, "1 ..."]) -> None:
    passes.append(activation[0].detach().clone())


def record(
    model: Model, tokens: Int[Tensor, " pos"], site: Site = "z"
) -> Float[Tensor, "layer ..."]:
    """What stood at a site of every layer while a text was read, in one forward pass: by default
    what every head gathered at every position, [layer pos head d_head]."""
    return record_all(model, tokens, [site])[site]


@torch.no_grad()
def record_all(
    model: Model, tokens: Int[Tensor, " pos"], sites: Sequence[Site]
) -> dict[Site, Float[Tensor, "layer ..."]]:
    """The same of several sites, in the same single pass."""
    with recording(model, *sites) as seen:
        empty(model).forward(tokens, every=False)
    return {site: seen.of(site) for site in sites}
