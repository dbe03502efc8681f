"""Activity: which heads were at work at which step of which reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, get_args

import pandas as pd
import torch
from jaxtyping import Bool
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.experiments import likeness
from rh_lens.heads import Head, all_heads
from rh_lens.scores.head_scores import HeadScores

Steps = Bool[Tensor, "_ layer head"]  # _: as many as the reply has, not alike in all
Of = Literal["cases", "steps"]


@dataclass(frozen=True, eq=False, repr=False)
class Activity:
    """Which heads were active at every step of every reply.

    A case that the model failed is kept, without steps. Intervals are 95 % bootstraps over needles.

    Attributes:
        steps: Of each case, whether each head was active at each step of the reply.
        said: Of each case, what was said at each step.
        labels: What is known of each case, and `found`.
        provenance: How the numbers were obtained.
    """

    steps: tuple[Steps, ...]
    said: tuple[tuple[str, ...], ...]
    labels: tuple[Labels, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def frequency(self, of: Of = "cases") -> HeadScores:
        """How often every head is active, case by case, with all that scores can do.

        "cases": 1 if it was active at any step of the reply, else 0; the mean is the activation
        frequency of Wu et al. 2024, Fig. 4. "steps": the share of the reply's steps.
        """
        if of not in get_args(Of):
            raise ValueError(f"of is {of!r}: count {' or '.join(get_args(Of))}")
        by_case = [
            steps.any(dim=0).float() if of == "cases" else steps.float().mean(dim=0)
            for steps in self.steps
        ]
        unmeasured = torch.full(self.steps[0].shape[1:], torch.nan)
        values = [
            found if len(steps) else unmeasured
            for found, steps in zip(by_case, self.steps, strict=True)
        ]
        name = "active" if of == "cases" else "share of steps active"
        return HeadScores(name, torch.stack(values), self.labels, self.provenance)

    def always(self, share: float = 1.0, of: Of = "cases") -> list[Head]:
        """The heads active in at least this share of cases, or of steps: the most active first."""
        if not 0 < share <= 1:
            raise ValueError(f"share is {share}: give a share of the {of}, above 0 and at most 1")
        return self.frequency(of).above(share)

    def frame(self) -> pd.DataFrame:
        """One row per case and step: what was said, how many heads were active, and which."""
        heads = all_heads(*self.steps[0].shape[1:])
        rows: list[dict[str, Any]] = []
        for case, (steps, said, labels) in enumerate(
            zip(self.steps, self.said, self.labels, strict=True)
        ):
            for number, (step, token) in enumerate(zip(steps.flatten(1), said, strict=True)):
                active = [str(heads[i]) for i in step.nonzero().flatten().tolist()]
                place = {**labels, "case": case, "step": number, "said": token}
                rows.append({**place, "active": len(active), "heads": " ".join(active)})
        return pd.DataFrame(rows)

    def active_heads(self, *, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """How many heads are active at once: at a step, at a step that copies, and in a reply.

        A step that copies is one with an active head: others say what stands elsewhere.
        """
        found: dict[str, list[likeness.Pair]] = {"step": [], "step that copies": [], "reply": []}
        for steps, needle in zip(self.steps, self._needles, strict=True):
            counts = steps.flatten(1).sum(dim=1).tolist()
            found["step"] += [likeness.Pair(count, needle, needle) for count in counts]
            copying = [count for count in counts if count]
            found["step that copies"] += [likeness.Pair(n, needle, needle) for n in copying]
            if counts:
                in_all = int(steps.any(dim=0).sum())
                found["reply"].append(likeness.Pair(in_all, needle, needle))
        return likeness.table(found, draws=draws, seed=seed)

    def jaccard(
        self, static: Sequence[Head] = (), *, draws: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """How alike the active heads of two cases, two steps, or a step and a fixed list are.

        Heads active in both over heads active in either, and the mean over such pairs. Of two
        cases: heads active at any step, apart for the same and other needles and depths. Steps and
        cases without an active head are in no pair: what they say stands elsewhere.

        Args:
            static: A fixed list, such as `scores.top(20)`, to hold against every step.
        """
        sets = [steps.flatten(1) for steps in self.steps]
        copying = [each[each.any(dim=1)] for each in sets]
        found = likeness.of_cases([each.any(dim=0) for each in copying], self.labels, self._needles)
        found["adjacent steps"] = [
            likeness.Pair(likeness.jaccard(one, other), needle, needle)
            for each, needle in zip(sets, self._needles, strict=True)
            for one, other in pairwise(each)
            if one.any() and other.any()
        ]
        if static:
            fixed = self._set(static)
            found[f"a step and {int(fixed.sum())} fixed heads"] = [
                likeness.Pair(likeness.jaccard(step, fixed), needle, needle)
                for each, needle in zip(copying, self._needles, strict=True)
                for step in each
            ]
        return likeness.table(found, draws=draws, seed=seed)

    def __repr__(self) -> str:
        answered = sum(len(steps) > 0 for steps in self.steps)
        always = self.always()
        return "\n\n".join(
            [
                f"active in all of the {answered} of {len(self.steps)} cases answered: "
                f"{' '.join(map(str, always)) or 'no head'} ({len(always)} heads); "
                f"in 90 % of them: {len(self.always(0.9))}; at 90 % of the steps: "
                f"{len(self.always(0.9, 'steps'))}",
                "active heads in a\n" + self.active_heads().to_string(float_format="{:.2f}".format),
                "Jaccard index of\n" + self.jaccard().to_string(float_format="{:.2f}".format),
                f"{self.provenance.get('scorer')}, {self.provenance.get('answering')}; "
                "low and high: 95 % bootstrap over needles",
            ]
        )

    def _set(self, heads: Sequence[Head]) -> Bool[Tensor, " head"]:
        known = all_heads(*self.steps[0].shape[1:])
        if unknown := sorted(set(heads) - set(known)):
            raise ValueError(f"there is no head {unknown[0]}: the last of these is {known[-1]}")
        return torch.tensor([head in heads for head in known])

    @property
    def _needles(self) -> list[Any]:
        """What the bootstrap draws; a case without a needle's name is its own."""
        return [labels.get("needle", case) for case, labels in enumerate(self.labels)]
