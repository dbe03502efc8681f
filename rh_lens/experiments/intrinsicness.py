"""Were the heads there before the model was trained further?"""

from dataclasses import dataclass

import pandas as pd

from rh_lens.experiments.universality import Universality, side_by_side
from rh_lens.heads import Head
from rh_lens.scores.head_scores import HeadScores

BEFORE = "before"


@dataclass(frozen=True, eq=False, repr=False)
class Intrinsicness:
    """How far the heads of later checkpoints are those of the one they were trained from.

    Attributes:
        likeness: Every later checkpoint against the one before.
    """

    likeness: Universality

    @property
    def scores(self) -> dict[str, HeadScores]:
        """Of every checkpoint, the earliest first."""
        return dict(self.likeness.comparison.scores)

    def frame(self) -> pd.DataFrame:
        """One row per later checkpoint: its correlations with the one before, and their chances.

        The columns are those of `Universality.frame`.
        """
        return self.likeness.frame().droplevel("a").rename_axis("checkpoint")

    def overlap(self, *counts: int) -> pd.DataFrame:
        """How many of the k strongest heads were so before: see `Universality.overlap`."""
        found = self.likeness.overlap(*counts).droplevel("a")
        return found.rename_axis(["checkpoint", "k"])

    def moves(self, count: int) -> pd.DataFrame:
        """The heads in the top `count` of before or of a later checkpoint, and what became of each.

        "kept": in both tops, "lost": only before, "gained": only after. Strongest first. What
        scores 0 is in no top.
        """
        scores = self.scores
        before = scores.pop(BEFORE)
        rows = []
        for name, after in scores.items():
            old, new = _top(before, count), _top(after, count)
            for head in [*old, *(head for head in new if head not in old)]:
                fate = "gained" if head not in old else "kept" if head in new else "lost"
                rows.append((name, str(head), fate, before[head], after[head]))
        columns = ["checkpoint", "head", "fate", "before", "after"]
        return pd.DataFrame(rows, columns=columns).set_index(["checkpoint", "head"])

    def __repr__(self) -> str:
        fates = self.moves(10).groupby("checkpoint", sort=False)["fate"].value_counts()
        told = fates.unstack(fill_value=0).reindex(columns=["kept", "lost", "gained"], fill_value=0)
        return f"{self.likeness!r}\n\nof the top 10 before:\n{told.to_string()}"


def intrinsicness(
    before: HeadScores, *, permutations: int = 1000, seed: int = 0, **after: HeadScores
) -> Intrinsicness:
    """Were the retrieval heads there before the model was trained further?

    `intrinsicness(before=base, after=chat)`, or with several that were trained from the same, each
    named: `intrinsicness(before=base, chat=chat, long=long_context)`. Wu et al. 2024 call retrieval
    heads intrinsic, since continued pretraining, instruction tuning and upcycling to a mixture of
    experts leave them where they were (Figs. 5 and 6).

    Raises:
        ValueError: No later checkpoint, or one with other numbers of layers or heads.
    """
    if not after:
        raise ValueError("got no later checkpoint: name one or more, as in after=scores")
    comparison = side_by_side({BEFORE: before, **after})
    pairs = [(BEFORE, name) for name in after]
    return Intrinsicness(Universality(comparison, pairs, permutations, seed))


def _top(scores: HeadScores, count: int) -> list[Head]:
    return [head for head in scores.top(count) if scores[head] > 0]
