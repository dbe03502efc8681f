"""What is left of a long text: the stretches around the places that matter."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from jaxtyping import Float
from torch import Tensor

from rh_lens.experiments.answer_attention import AnswerAttention

HARDEST = 6  # places looked at hardest around which a long text is kept


def stretches(length: int, limit: int, places: Iterable[int]) -> list[range]:
    """At most `limit` of the positions below `length`: all, or as many around each place."""
    if length <= limit:
        return [range(length)]
    middles = sorted(set(places))
    widths = range(1, length)
    fitting = bisect_right(
        widths, limit, key=lambda half: sum(map(len, _around(length, half, middles)))
    )
    return _around(length, fitting, middles)


def _around(length: int, half: int, middles: Sequence[int]) -> list[range]:
    """The stretches from `half` before each place to `half` after it; those that meet are one."""
    kept: list[range] = []
    for middle in middles:
        start, stop = max(0, middle - half), min(length, middle + half)
        if kept and start <= kept[-1].stop:
            start = kept.pop().start
        kept.append(range(start, stop))
    return kept


def around(seen: AnswerAttention, shares: Float[Tensor, " pos"]) -> list[int]:
    """The places that matter: both ends of prompt and needle, and those looked at hardest."""
    most = shares.topk(min(HARDEST, len(shares)))
    hardest = most.indices[most.values > 0].tolist()
    needle = [seen.needle.start, seen.needle.stop] if seen.needle else []
    return [0, len(shares) - 1, *needle, *hardest]


def told(kept: Sequence[range], length: int, left_out: float) -> tuple[str, ...]:
    """A sentence about what is not shown; none if all is."""
    shown = sum(map(len, kept))
    if shown == length:
        return ()
    return (
        f"Shown are {shown:,} of {length:,} tokens: those around the needle, around the places "
        "looked at hardest, at the beginning and at the end. The others have "
        f"{left_out:.1%} of the attention.",
    )


def joined(kept: Sequence[range], length: int) -> list[range | int]:
    """The stretches, and how many positions are left out before, between and after them."""
    pieces: list[range | int] = []
    end = 0
    for stretch in [*kept, range(length, length)]:
        if stretch.start > end:
            pieces.append(stretch.start - end)
        if stretch:
            pieces.append(stretch)
        end = stretch.stop
    return pieces
