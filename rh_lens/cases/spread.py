"""In which order to ask cases, so that however few were asked, they stand for all."""

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from rh_lens.cases.case import Case, Labels

Cell = tuple[Hashable, Hashable]  # a length and a depth


def spread(cases: Sequence[Case], *, seed: int) -> list[int]:
    """The cases' indices, in an order whose every beginning is spread over needles and places.

    Round by round each needle has a case, the needles in an order drawn for the round, until its
    cases are used up. Of a needle's cases the one comes next whose length and whose depth came up
    least so far, and of several such one that is drawn. Labels that a case lacks count as one
    value; a case without the label `needle` is a needle of its own.
    """
    draw = random.Random(seed)
    left: dict[Hashable, dict[Cell, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, case in enumerate(cases):
        left[needle_of(case.labels, index)][_cell(case)].append(index)
    for cells in left.values():
        for alike in cells.values():
            draw.shuffle(alike)
    seen: Counter[tuple[str, Hashable]] = Counter()
    order: list[int] = []
    while left:
        for needle in draw.sample(list(left), len(left)):
            cells = left[needle]
            length, depth = min(
                cells,
                key=lambda cell: (seen["length", cell[0]] + seen["depth", cell[1]], draw.random()),
            )
            seen.update([("length", length), ("depth", depth)])
            order.append(cells[length, depth].pop())
            if not cells[length, depth]:
                del cells[length, depth]
            if not cells:
                del left[needle]
    return order


def needle_of(labels: Labels, index: int) -> Hashable:
    """What a case shares with those that resemble it: its needle, or nothing."""
    return labels.get("needle", index)


def _cell(case: Case) -> Cell:
    return case.labels.get("length"), case.labels.get("depth")
