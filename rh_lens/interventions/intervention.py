"""Intervention: the base class of every temporary change to a model."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rh_lens.model.hooks import Hook, Model, hooked


class Unchanged(RuntimeError):
    """Every activation was already what an intervention was to make of it."""


class Intervention(ABC):
    """A change to a model that lasts as long as a `with` block: `with ZeroOutput(heads).on(model):`

    Subclasses say which hooks make it. A hook returns the changed activation and leaves the one it
    was given as it was.
    """

    @abstractmethod
    def hooks(self, model: Model) -> list[Hook]:
        """The hooks that make the change."""

    def parts(self) -> "tuple[Intervention, ...]":
        """The interventions it is made of, in the order in which they act."""
        return (self,)

    @contextmanager
    def on(self, model: Model) -> Iterator[None]:
        """Run the block on the changed model, which is left as it was.

        Raises:
            RuntimeError: The model never reached a hook, so the change was not made.
            Unchanged: The change was made, and made no difference.
            RuntimeError: A part of a sum made no difference, another did.
        """
        idle = list(self.parts())

        def seen(part: Intervention, act: Callable[[Tensor], Tensor | None]) -> Callable[..., Any]:
            def acting(activation: Tensor) -> Tensor | None:
                changed = act(activation)
                if part in idle and changed is not None and not torch.equal(changed, activation):
                    idle.remove(part)
                return changed

            return acting

        hooks = [
            (name, seen(part, act)) for part in self.parts() for name, act in part.hooks(model)
        ]
        with hooked(model, hooks):
            yield
        if idle:
            error = Unchanged if len(idle) == len(self.parts()) else RuntimeError
            raise error(
                f"{idle[0]!r} changed nothing: all it was to change was already so. "
                "Choose heads that do something on this input"
            )

    def __add__(self, other: "Intervention") -> "Intervention":
        """Both changes at once; where they meet, `other` acts on what this one made."""
        return Together(self, other)


@dataclass(frozen=True)
class Together(Intervention):
    """Two interventions at once."""

    first: Intervention
    then: Intervention

    def hooks(self, model: Model) -> list[Hook]:
        return [*self.first.hooks(model), *self.then.hooks(model)]

    def parts(self) -> tuple[Intervention, ...]:
        return (*self.first.parts(), *self.then.parts())
