"""In which order to read prompts, so that what they have in common is read once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise

from jaxtyping import Int
from torch import Tensor

SHARED = 256  # prompts with fewer first tokens in common are read on their own, as they come
APART = 64  # a pass over fewer tokens than this takes about as long as over one


@dataclass(frozen=True)
class Plan:
    """An order of prompts, and where each is to be read in stretches.

    One context suffices: go through the prompts in this order, rewind to the last stop that the
    next one shares, and read on. Where the stops lie follows from the prompts alone, and no stretch
    begins or ends elsewhere: a prompt is read in the same stretches whichever came before it.

    Attributes:
        order: Indices into the prompts. Those that share a beginning stand together; the others
            stay as they were given.
        stops: For each prompt, as given, the positions at which a stretch ends; its own end last.
    """

    order: tuple[int, ...]
    stops: tuple[tuple[int, ...], ...]


def plan(prompts: Sequence[Int[Tensor, "..."]]) -> Plan:
    """How to read each of these first tokens of a text, and no token twice that two have in common,
    except up to 64 where two partings lie close together."""
    texts = [prompt.cpu() for prompt in prompts]
    alphabetical = cmp_to_key(_first_to_differ)
    ordered = sorted(range(len(texts)), key=lambda index: alphabetical(texts[index]))
    common = [shared(texts[one], texts[other]) for one, other in pairwise(ordered)]
    runs: list[list[int]] = []
    for index, before in zip(ordered, [0, *common], strict=False):
        if before < SHARED:
            runs.append([])
        runs[-1].append(index)
    partings: dict[int, set[int]] = {index: set() for index in ordered}
    for neighbours, between in ((ordered, common), (ordered[::-1], common[::-1])):
        passed: set[int] = set()
        for index, length in zip(neighbours[1:], between, strict=True):
            passed = {parting for parting in passed if parting < length} | {length}
            partings[index] |= passed
    return Plan(
        order=tuple(index for run in sorted(runs, key=min) for index in run),
        stops=tuple(
            (*_spaced(partings[index], len(text)), len(text)) for index, text in enumerate(texts)
        ),
    )


def shared(one: Int[Tensor, " pos"], other: Int[Tensor, " pos_of_other"]) -> int:
    """How many first tokens two texts have in common."""
    least = min(len(one), len(other))
    differ = (one[:least] != other[:least]).nonzero()
    return int(differ[0]) if len(differ) else least


def _first_to_differ(one: Int[Tensor, " pos"], other: Int[Tensor, " pos_of_other"]) -> int:
    """Below 0 where the first comes first, as in a dictionary."""
    common = shared(one, other)
    if common == min(len(one), len(other)):
        return len(one) - len(other)
    return int(one[common]) - int(other[common])


def _spaced(partings: Iterable[int], end: int) -> list[int]:
    """Those worth stopping at: texts that agree up to one of them agree on all before it."""
    stops: list[int] = []
    for parting in sorted(partings):
        if SHARED <= parting < end and parting - (stops[-1] if stops else 0) >= APART:
            stops.append(parting)
    return stops
