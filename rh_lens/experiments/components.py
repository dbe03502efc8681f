"""Component: a part of a model that writes to its residual stream."""

import sys
from typing import Literal, NamedTuple

from rh_lens.heads import Head, all_heads
from rh_lens.model.hooks import Model


class MLP(NamedTuple):
    """The MLP of a layer. Prints as MLP16."""

    layer: int

    def __repr__(self) -> str:
        return f"MLP{self.layer}"


Embeddings = Literal["embeddings"]
Logits = Literal["logits"]
Component = Head | MLP | Embeddings


def every_component(n_layers: int, n_heads: int) -> list[Component]:
    """The embeddings, every head and the MLP of every layer, in the order in which they write."""
    found: list[Component] = ["embeddings", *all_heads(n_layers, n_heads)]
    return sorted([*found, *map(MLP, range(n_layers))], key=stage)


def components(model: Model) -> list[Component]:
    """Those that a model has."""
    every = every_component(int(model.cfg.n_layers), int(model.cfg.n_heads))
    return [part for part in every if not (isinstance(part, MLP) and model.cfg.attn_only)]


def stage(part: Component | Logits) -> int:
    """When it acts: embeddings, heads of layer 0, MLP of layer 0, heads of layer 1, …, logits.

    A part can only write to what acts later than itself.
    """
    if part == "embeddings":
        return -1
    if part == "logits":
        return sys.maxsize
    return 2 * part.layer + isinstance(part, MLP)
