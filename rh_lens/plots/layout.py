"""Where the nodes of a graph of model parts stand: line by line, in the order in which they act."""

import math
import re
from collections.abc import Sequence

ABREAST = 10  # more nodes at one stage than these go on a second line
PART = re.compile(r"(?:L(?P<head>\d+)H\d+|MLP(?P<mlp>\d+)|(?P<first>embeddings)|(?P<last>logits))")

Place = tuple[float, float]  # across, and downwards from 0


def stage(name: str) -> float:
    """When a part acts: embeddings, heads of a layer, its MLP, heads of the next, …, logits."""
    found = PART.fullmatch(name)
    if found is None:
        raise ValueError(
            f"the node {name!r} is no part of a model: give L2H5, MLP3, embeddings or logits"
        )
    if found["first"] or found["last"]:
        return -1.0 if found["first"] else float("inf")
    return 2.0 * int(found["head"]) if found["head"] else 2.0 * int(found["mlp"]) + 1


def lay_out(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, Place]:
    """A place for each node, no two closer than 1: those that act first on top, each as near as can
    be above the middle of those it tells."""
    lines: list[list[str]] = []
    for at in sorted({stage(node) for node in nodes}):
        same = sorted((node for node in nodes if stage(node) == at), key=_natural)
        n_lines = -(-len(same) // ABREAST)
        lines += [same[i::n_lines] for i in range(n_lines)]
    width = max(math.ceil(math.sqrt(len(nodes))), max(map(len, lines)))
    places: dict[str, Place] = {}
    for y, line in reversed(list(enumerate(lines))):

        def middle(node: str) -> float:
            told = [places[end][0] for start, end in edges if start == node and end in places]
            return sum(told) / len(told) if told else 0.0

        # lines stand aside of each other by the golden section, so that long paths find a way
        aside = (0.618 * y % 1 - 0.5) * max(0.5, width - len(line))
        if line in (["embeddings"], ["logits"]):
            aside = 0.0
        for x, node in enumerate(sorted(line, key=middle)):
            places[node] = (x - (len(line) - 1) / 2 + aside, float(y))
    return places


def _natural(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]
