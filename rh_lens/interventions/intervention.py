"""Intervention: the base classes of every temporary change to a model."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.interventions.scope import Scope, overlap, positions
from rh_lens.model import hooks
from rh_lens.model.hooks import Hook, Model, hooked
from rh_lens.model.place import Place, placed

# by site, in the order in which a layer comes to them: its hook, and the axes of heads and rows
SITES = {"q": (hooks.q, 2, 1), "scores": (hooks.scores, 1, 2), "z": (hooks.z, 2, 1)}


class Unchanged(RuntimeError):
    """Every activation was already what an intervention was to make of it."""


class Moment(NamedTuple):
    """One layer in one forward pass, while an intervention acts on it."""

    layer: int
    indices: list[int]  # of the heads it acts on
    rows: range  # the positions in scope
    reading: range  # all positions of this pass
    case: Case | None


class Intervention(ABC):
    """A change to a model that lasts as long as a `with` block: `with ZeroOutput(heads).on(model):`

    `a + b` is both at once.
    """

    @abstractmethod
    def parts(self) -> "tuple[HeadIntervention, ...]":
        """The changes it is made of."""

    @contextmanager
    def on(self, model: Model, case: Case | None = None) -> Iterator[None]:
        """Run the block on the changed model, which is left as it was.

        Args:
            case: What is asked meanwhile. Needed by scopes and spans that depend on it.

        Raises:
            ValueError: Heads that the model does not have, positions that the case does not have,
                or parts of which one would undo another.
            RuntimeError: The model never reached a hook, so the change was not made.
            Unchanged: The change was made, and made no difference.
            RuntimeError: A part of a sum made no difference, another did.
        """
        parts = self.parts()
        for one, other in combinations(parts, 2):
            _refuse_undoing(one, other, case)
        idle = dict(enumerate(parts))
        with placed(model) as (place, watching):
            acting = [
                hook
                for number, part in enumerate(parts)
                for hook in part.hooks(model, case, place, partial(idle.pop, number, None))
            ]
            with hooked(model, [watching, *acting]):
                yield
        if idle:
            error = Unchanged if len(idle) == len(parts) else RuntimeError
            first = next(iter(idle.values()))
            raise error(
                f"{first!r} changed nothing: all it was to change was already so. Choose "
                "heads that do something on this input, and positions that it has"
            )

    def spares_prompt(self, case: Case) -> bool:
        """Whether it acts from the prompt's last token on only, so that all before can be read once
        for many such changes."""
        starts = (positions(part.scope, case).start for part in self.parts())
        return all(start >= len(case) - 1 for start in starts)

    def __add__(self, other: "Intervention") -> "Intervention":
        """Both changes at once; where they meet, `other` acts on what this one made."""
        return Together(self, other)


@dataclass(frozen=True)
class Together(Intervention):
    """Two interventions at once."""

    first: Intervention
    then: Intervention

    def parts(self) -> "tuple[HeadIntervention, ...]":
        return (*self.first.parts(), *self.then.parts())


@dataclass(frozen=True)
class HeadIntervention(Intervention):
    """A change to chosen query heads, at one site, at the positions of a scope.

    Subclasses say which site, and what becomes of what stands there.

    Attributes:
        heads: Whom it acts on. Query heads; name all of `kv_group(model, head)` for a whole group.
        scope: At which positions: `everywhere`, `prompt` (before its last token), `decoding` (its
            last token, which says the answer's first, and the answer), or a range.
    """

    heads: Sequence[Head]
    scope: Scope = field(default="everywhere", kw_only=True)

    site: ClassVar[Literal["q", "scores", "z"]]
    overwrites: ClassVar[bool]  # whether nothing is left of what stood at the site

    @abstractmethod
    def changed(self, own: Float[Tensor, "batch ..."], at: Moment) -> Float[Tensor, "..."]:
        """What is to stand there instead.

        Args:
            own: What stands there, of the chosen heads and rows: [batch row chosen d_head] of `q`
                and `z`, [batch chosen row pos] of `scores`, where what a row may not see is far
                below all else.
        """

    def check(self, model: Model, case: Case | None) -> None:
        """Refuse what cannot be done to this model, or on this case."""

    def parts(self) -> "tuple[HeadIntervention, ...]":
        return (self,)

    def hooks(
        self, model: Model, case: Case | None, place: Place, noted: Callable[[], object]
    ) -> list[Hook]:
        """The hooks that make the change; they call `noted` when it makes a difference."""
        layers = by_layer(self.heads)
        check_heads(model, layers)
        self.check(model, case)
        scope = positions(self.scope, case)
        name, head_axis, row_axis = SITES[self.site]

        def hook(layer: int, indices: list[int]) -> Hook:
            def act(before: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch ..."] | None:
                reading = place.rows(before.shape[row_axis])
                rows = overlap(scope, reading)
                if not rows:
                    return None
                after = before.clone()
                meant = after.narrow(row_axis, rows.start - reading.start, len(rows))
                chosen = torch.tensor(indices, device=before.device)
                own = meant.index_select(head_axis, chosen)
                made = self.changed(own, Moment(layer, indices, rows, reading, case))
                meant.index_copy_(head_axis, chosen, made.to(own).expand_as(own))
                if not torch.equal(after, before):
                    noted()
                return after

            return name(layer), act

        return [hook(layer, indices) for layer, indices in layers.items()]


def _refuse_undoing(one: HeadIntervention, other: HeadIntervention, case: Case | None) -> None:
    """Two changes to one head, of which nothing is left of the one that a layer makes first."""
    shared = sorted(set(one.heads) & set(other.heads))
    order = list(SITES)
    first, last = sorted((one, other), key=lambda part: order.index(part.site))  # stable
    if not (shared and last.overwrites):
        return
    if overlap(positions(one.scope, case), positions(other.scope, case)):
        raise ValueError(
            f"the scopes of {one!r} and {other!r} overlap at {shared[0]}, where nothing would be "
            f"left of {first!r}: give them other heads, or scopes that do not meet"
        )
