"""Processes: a step's work divided among several, each of which holds the whole model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed
from torch.nn import Module, Parameter
from torch.nn.utils import parameters_to_vector, vector_to_parameters


@dataclass(frozen=True)
class Processes:
    """Which of how many this one is. Rows of samples, and matrices for Muon, go in turn."""

    rank: int = 0
    count: int = 1

    @classmethod
    def here(cls) -> "Processes":
        """Those of torch.distributed, if it is in use."""
        if not distributed.is_initialized():
            return cls()
        return cls(distributed.get_rank(), distributed.get_world_size())

    def own(self, number: int) -> range:
        """Which of so many things are this one's."""
        return range(self.rank, number, self.count)

    def others(self, matrices: Sequence[Parameter]) -> list[Parameter]:
        """Those that are not this one's."""
        return [one for at, one in enumerate(matrices) if at % self.count != self.rank]

    def share_gradients(self, model: Module, weight: Tensor) -> None:
        """Every process gets the gradients of the mean loss over the rows of all."""
        grads = [*(parameter.grad for parameter in model.parameters()), weight]
        together = parameters_to_vector(grads)
        if self.count > 1:
            distributed.all_reduce(together)
        vector_to_parameters(together / together[-1], grads)

    def leave_to_others(self, matrices: Sequence[Parameter]) -> None:
        """Drop the gradients of other processes' matrices, which Muon then leaves alone."""
        for matrix in self.others(matrices):
            matrix.grad = None

    @torch.no_grad()
    def share_matrices(self, matrices: Sequence[Parameter]) -> None:
        """Every process gets the matrices that the others have changed."""
        if self.count == 1:
            return
        for matrix in self.others(matrices):
            matrix.zero_()
        together = parameters_to_vector(matrices)
        distributed.all_reduce(together)
        parts = together.split([matrix.numel() for matrix in matrices])
        for matrix, part in zip(matrices, parts, strict=True):
            matrix.copy_(part.view_as(matrix))

    def whole_state(self, stepper: torch.optim.Optimizer) -> dict[str, Any]:
        """An optimiser's state, each matrix's from the process whose matrix it is."""
        state = stepper.state_dict()
        if self.count > 1:
            found: list[Any] = [None] * self.count
            distributed.all_gather_object(found, state["state"])
            numbers = state["param_groups"][0]["params"]
            state["state"] = {at: found[at % self.count][at] for at in numbers}
        return state
