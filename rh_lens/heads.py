"""Head: which attention head of a model is meant."""

from collections.abc import Iterable
from typing import NamedTuple


class Head(NamedTuple):
    """A query head, by layer and index. Prints as L16H19."""

    layer: int
    index: int

    def __repr__(self) -> str:
        return f"L{self.layer}H{self.index}"


def all_heads(n_layers: int, n_heads: int) -> list[Head]:
    return [Head(layer, index) for layer in range(n_layers) for index in range(n_heads)]


def by_layer(heads: Iterable[Head]) -> dict[int, list[int]]:
    """The indices of the heads of each layer, in ascending order, each once."""
    layers: dict[int, list[int]] = {}
    for layer, index in sorted(set(heads)):
        layers.setdefault(layer, []).append(index)
    return layers
