"""Record what heads gathered in a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.context import empty
from rh_lens.model.hooks import Hook, Model, hooked, z


@dataclass(eq=False)
class Recording:
    """The z of every head, pass by pass, of all that ran while it was taken."""

    layers: list[list[Float[Tensor, "pos head d_head"]]] = field(default_factory=list)

    @property
    def z(self) -> Float[Tensor, "layer pos head d_head"]:
        """What every head gathered at every position, of a run in a single forward pass."""
        passes = {len(layer) for layer in self.layers}
        if passes != {1}:
            raise ValueError(
                f"a recording is of one forward pass over a whole prompt, got {sorted(passes)}: "
                "measure with a metric that does not generate, such as answer_logprob"
            )
        return torch.stack([layer[0] for layer in self.layers])


@contextmanager
def recording(model: Model) -> Iterator[Recording]:
    """Record whatever the model runs."""
    seen = Recording([[] for _ in range(model.cfg.n_layers)])

    def keeping(layer: int) -> Hook:
        def keep(gathered: Float[Tensor, "1 pos head d_head"]) -> None:
            seen.layers[layer].append(gathered[0].detach().clone())

        return z(layer), keep

    with hooked(model, [keeping(layer) for layer in range(model.cfg.n_layers)]):
        yield seen


@torch.no_grad()
def record(model: Model, tokens: Int[Tensor, " pos"]) -> Float[Tensor, "layer pos head d_head"]:
    """What every head gathered at every position of a text, read in one forward pass."""
    with recording(model) as seen:
        empty(model).forward(tokens, logits=False)
    return seen.z
