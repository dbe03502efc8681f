"""Protocol: what is put from which run into which, and how one pair fares under it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import torch

from rh_lens.cases.pair import Pair
from rh_lens.experiments.each_head import name_of
from rh_lens.experiments.two_runs import Direction, TwoRuns, two_runs
from rh_lens.metrics import LogitMetric, Metric
from rh_lens.model.hooks import Model
from rh_lens.model.record import Site
from rh_lens.model.swap import Swap

SMALLEST_GAP = 1e-3  # between the metrics of two runs; rounding is about a hundredth of it
Result = dict[str, Any]  # what the journal keeps of one pair
Swaps = Callable[[TwoRuns], Sequence[Swap | None]]


class Measured(NamedTuple):
    """The metric under each swap, and how many texts were read for it, forwards and back."""

    metric: list[float]
    forward: int
    backward: int


Measure = Callable[[Model, TwoRuns, Sequence[Swap], str], Measured]  # the text is for progress


@dataclass(frozen=True, repr=False)
class Protocol:
    """What is put from which run into which, and how the outcome is measured."""

    name: str
    site: Site
    direction: Direction
    metric: Metric
    measure: Measure
    details: str = ""

    def __repr__(self) -> str:
        said = f"{self.name}(site={self.site!r}, direction={self.direction!r}, metric="
        return f"{said}{name_of(self.metric)}{self.details})"

    def check(self) -> LogitMetric:
        """The metric, if it is one that a patch holds for."""
        for name, known in (("site", get_args(Site)), ("direction", get_args(Direction))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}: choose among {known}")
        if not isinstance(self.metric, LogitMetric):
            raise ValueError(
                f"a patch holds for one pass over prompt and answer, and {name_of(self.metric)} "
                "generates or makes passes of its own: measure with answer_logprob, "
                "logit_difference or kl"
            )
        return self.metric


def examine(model: Model, pair: Pair, protocol: Protocol, swaps: Swaps, progress: str) -> Result:
    """The metric of both runs of a pair, and with each of its swaps made: NaN for none.

    A swap of what is alike in both runs is not run, and leaves the metric where it was.
    """
    runs = two_runs(model, pair, protocol.site, protocol.direction, protocol.check())
    wanted = swaps(runs)
    result = {"clean": runs.clean, "corrupt": runs.corrupt, "forward": 2, "backward": 0, "idle": 0}
    if not earned(result):
        return {**result, "patched": [torch.nan] * len(wanted)}
    idle = [swap is not None and _alike(runs, swap) for swap in wanted]
    acting = [swap for swap, alike in zip(wanted, idle, strict=True) if swap and not alike]
    done = protocol.measure(model, runs, acting, progress) if acting else Measured([], 0, 0)
    outcome = iter(done.metric)
    patched = [
        torch.nan if swap is None else runs.base if alike else next(outcome)
        for swap, alike in zip(wanted, idle, strict=True)
    ]
    cost = {"forward": 2 + done.forward, "backward": done.backward}
    return {**result, **cost, "patched": patched, "idle": sum(idle)}


def earned(result: Result) -> bool:
    """Whether the clean run is better than the corrupt one, so that there is a way between them."""
    return bool(result["clean"] - result["corrupt"] >= SMALLEST_GAP)


def _alike(runs: TwoRuns, swap: Swap) -> bool:
    where = swap.where.to(runs.own.device)
    return torch.equal(runs.own[swap.layer][where], runs.source[swap.layer][where])
