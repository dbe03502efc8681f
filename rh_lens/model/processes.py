"""Processes: which of several that share the work this one is."""

import atexit
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import torch
from accelerate import PartialState
from torch import distributed

from rh_lens.model.launch import check_alone, started

Piece = TypeVar("Piece")
PATIENCE = timedelta(days=30)  # the first to finish waits for the last


@dataclass(frozen=True)
class Processes:
    """The processes that share the work, and which of them this one is; by default it is alone.

    Attributes:
        rank: Its number, from 0.
        count: How many they are.
        group: Through which they talk.
    """

    rank: int = 0
    count: int = 1
    group: Any = field(default=None, repr=False)

    @property
    def leads(self) -> bool:
        """Whether it is the one that decides for all, and the one that prints and writes."""
        return self.rank == 0

    def gather(self, own: Piece) -> list[Piece]:
        """What each of them gives, in the order of their numbers; all must call this.

        Raises:
            ConnectionError: One of them has ended.
        """
        if self.count == 1:
            return [own]
        pieces: list[Any] = [None] * self.count
        try:
            distributed.all_gather_object(pieces, own, group=self.group)
        except RuntimeError as error:
            raise ConnectionError(
                f"process {self.rank} of {self.count} lost another one: with a journal, start all "
                f"of them again, and only what none of them had finished is done ({error})"
            ) from error
        return pieces


def processes() -> Processes:
    """All processes that one launcher started, such as `torchrun --nproc_per_node 2 script.py`.

    On one machine or several; each finds the others by the variables that torchrun, `accelerate
    launch` on GPUs and MPI set (accelerate's `PartialState` reads them). All must call this.

    Raises:
        ValueError: Processes that do not know of each other, each of which would do all the work;
            or one alone where several were asked for.
    """
    count = started()
    if count == 1:
        check_alone()
        return Processes()
    state = PartialState(cpu=not torch.cuda.is_available())
    if state.num_processes != count:
        raise ValueError(
            f"a launcher started {count} processes, but this one's PartialState counts "
            f"{state.num_processes}, so each would do all the work: on a CPU, write "
            "PartialState(cpu=True), or make none before rh_lens.processes()"
        )
    # its own group: on GPUs the usual one talks through them, and gives up after ten minutes
    group = distributed.new_group(backend="gloo", timeout=PATIENCE)
    atexit.register(_part)
    return Processes(state.process_index, count, group)


def _part() -> None:
    """End the groups before Python does: the threads they leave abort a process now and then."""
    if distributed.is_initialized():
        distributed.destroy_process_group()
