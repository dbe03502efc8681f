"""How a layer came to attend as it did."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model import hooks
from rh_lens.model.hooks import Hook


@dataclass(frozen=True, eq=False)
class Attending:
    """One layer's attention in the forward passes it was followed through, pass by pass.

    The scores of the latest pass can be differentiated by its queries and by the keys of all
    passes; gradients go no further back.
    """

    layer: int
    keys: list[Float[Tensor, "1 some group d_head"]] = field(default_factory=list)
    queries: list[Float[Tensor, "1 some head d_head"]] = field(default_factory=list)
    scores: list[Float[Tensor, "1 head some pos"]] = field(default_factory=list)
    patterns: list[Float[Tensor, "1 head some pos"]] = field(default_factory=list)

    def follow(self) -> list[Hook]:
        """What to install for a forward pass that is to be followed."""

        def key(activation: Tensor) -> Tensor:
            self.keys.append(activation.detach().clone().requires_grad_())
            return self.keys[-1]

        def query(activation: Tensor) -> Tensor:
            self.queries.append(activation.detach().clone().requires_grad_())
            return self.queries[-1]

        return [
            (hooks.k(self.layer), key),
            (hooks.q(self.layer), query),
            (hooks.scores(self.layer), self.scores.append),
            (hooks.pattern(self.layer), lambda seen: self.patterns.append(seen.detach())),
        ]

    def slopes(
        self, head: int, row: int, key: int
    ) -> tuple[Float[Tensor, " d_head"], Float[Tensor, "some group d_head"]]:
        """How the score that a head gives to the position `key`, in a row of the latest pass, would
        change with the row's query, and with each followed key: one while the other is held."""
        by_query, *by_keys = torch.autograd.grad(
            self.scores[-1][0, head, row, key], [self.queries[-1], *self.keys], retain_graph=True
        )
        return by_query[0, row, head], torch.cat(by_keys, dim=1)[0]
