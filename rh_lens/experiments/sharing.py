"""Share the cases of one call out among processes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from rh_lens.cases.case import Case
from rh_lens.model.launch import started
from rh_lens.model.prefix_parts import parts
from rh_lens.model.prefix_reader import Reader
from rh_lens.model.processes import Processes

Result = TypeVar("Result")


def sharing(among: Processes | None) -> Processes:
    """Those that share the work: this one alone, unless others were named or started.

    Raises:
        ValueError: Others were started and not named: all of them would do the same work.
    """
    if among is None and started() > 1:
        raise ValueError(
            f"a launcher started {started()} processes, each of which would ask all cases: share "
            "them with among=rh.processes(); or say among=rh.Processes() where each is to ask all, "
            "because they hold parts of one model, or other models"
        )
    return among or Processes()


def check_alike(among: Processes, cases: Sequence[Case], *rest: Any) -> None:
    """Refuse to share the work of calls that differ from process to process."""
    if among.count == 1:
        return
    own = (repr(rest), [case.digest for case in cases])
    calls = among.gather(own)
    if others := [rank for rank, call in enumerate(calls) if call != calls[0]]:
        raise ValueError(
            f"processes {others} of {among.count} were given another model, other cases or scorers "
            "than process 0: give all of them the same, and each takes its share"
        )


def ask_shared(
    among: Processes,
    reader: Reader,
    ask: Callable[[Sequence[int]], Mapping[int, Result]],
    known: Callable[[int], bool],
    wanted: Collection[int],
) -> dict[int, Result]:
    """What comes of these cases, of which each process asks a part.

    Cases that share a beginning are asked by the same process, as far as that keeps the others from
    waiting. What is known already is looked up by process 0, which also decides who asks what: the
    others may have looked into the journal a moment later, and found more in it.

    Args:
        ask: What comes of some cases, asked in this order.
        known: Whether it can be looked up.
        wanted: The cases' indices.
    """
    asked = set(wanted)
    order = [index for index in reader.order if index in asked]
    looked_up = {index for index in order if known(index)}
    first, *others = parts(
        reader.prompts, [index for index in order if index not in looked_up], among.count
    )
    lead = looked_up.union(first)
    plan = among.gather([[index for index in order if index in lead], *others])[0]
    answers = among.gather(ask(plan[among.rank]))
    return {index: result for own in answers for index, result in own.items()}
