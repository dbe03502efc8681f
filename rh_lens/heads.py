"""Head: which attention head of a model is meant."""

import random
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple


class Head(NamedTuple):
    """A query head, by layer and index. Prints as L16H19."""

    layer: int
    index: int

    def __repr__(self) -> str:
        return f"L{self.layer}H{self.index}"


def all_heads(n_layers: int, n_heads: int) -> list[Head]:
    return [Head(layer, index) for layer in range(n_layers) for index in range(n_heads)]


def random_heads(
    heads: Collection[Head], count: int, *, besides: Collection[Head] = (), seed: int = 0
) -> list[Head]:
    """A control: `count` of `heads` drawn by lot, none of them in `besides`."""
    pool = sorted(set(heads) - set(besides))
    if not 0 < count <= len(pool):
        raise ValueError(
            f"{count} heads cannot be drawn from the {len(pool)} that remain: ask for 1 to "
            f"{len(pool)}"
        )
    return random.Random(seed).sample(pool, count)


def matched_heads(
    heads: Collection[Head],
    like: Sequence[Head],
    *,
    besides: Collection[Head] = (),
    nearest: bool = False,
    seed: int = 0,
) -> list[Head]:
    """A control in the same layers: for each head of `like`, in order, another of `heads` in its
    layer, drawn by lot, none of them in `like` or `besides`.

    The first k of them match the first k of `like` layer by layer, so one draw serves a whole
    curve. What a layer does, its depth for one, is thereby the same on both sides.

    Args:
        nearest: Where a layer has no other head left, draw from the nearest that has; of two as
            near, from the earlier.

    Raises:
        ValueError: A layer has fewer other heads than `like` needs; with `nearest`, all together.
    """
    draw = random.Random(seed)
    pools = by_layer(set(heads) - set(like) - set(besides))
    for pool in pools.values():
        draw.shuffle(pool)
    matched = []
    for number, (own, _) in enumerate(like):
        left = [layer for layer, pool in pools.items() if pool and (nearest or layer == own)]
        layer = min(left, key=lambda each: (abs(each - own), each), default=None)
        if layer is None:
            raise ValueError(
                f"layer {own} has no head left to match {like[number]}, number {number + 1} of "
                f"those to be matched: match the first {number} at most, or draw from all layers "
                "with random_heads"
            )
        matched.append(Head(layer, pools[layer].pop()))
    return matched


def by_layer(heads: Iterable[Head]) -> dict[int, list[int]]:
    """The indices of the heads of each layer, in ascending order, each once."""
    layers: dict[int, list[int]] = {}
    for layer, index in sorted(set(heads)):
        layers.setdefault(layer, []).append(index)
    return layers
