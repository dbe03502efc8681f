"""Which prompts to read together, so that several readers are done soonest."""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Int
from torch import Tensor

from rh_lens.model.prefix_plan import SHARED, shared

ANSWER = 128  # tokens that could be read in the time in which one answer is said and watched


def parts(
    prompts: Sequence[Int[Tensor, "..."]], order: Sequence[int], count: int
) -> list[list[int]]:
    """The order, cut into `count` stretches of which the longest takes as short as it can.

    A stretch takes as long as the tokens it has to read, and what two neighbours have in common is
    read once if they are in the same stretch. So those that share a beginning stay together, unless
    the other readers would wait for theirs; then the beginning is read once more. A stretch can be
    empty.
    """
    if not order:
        return [[] for _ in range(count)]
    whole = [len(prompts[index]) + ANSWER for index in order]
    common = [shared(prompts[one], prompts[other]) for one, other in pairwise(order)]
    saved = [0, *(length if length >= SHARED else 0 for length in common)]
    low, high = max(whole), sum(whole)
    while low < high:  # the least time in which `count` stretches suffice
        middle = (low + high) // 2
        if len(_cuts(whole, saved, middle)) < count:
            high = middle
        else:
            low = middle + 1
    ends = [*_cuts(whole, saved, low), len(order)]
    starts = [0, *ends]
    stretches = [list(order[start:end]) for start, end in zip(starts, ends, strict=False)]
    return stretches + [[] for _ in range(count - len(stretches))]


def _cuts(whole: Sequence[int], saved: Sequence[int], time: int) -> list[int]:
    """Where to begin another stretch, if none may take longer than `time`."""
    cuts: list[int] = []
    spent = 0
    for place, (alone, known) in enumerate(zip(whole, saved, strict=True)):
        spent += alone - known if place else alone
        if spent > time:
            cuts.append(place)
            spent = alone
    return cuts
