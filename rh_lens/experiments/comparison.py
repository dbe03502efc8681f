"""Comparison: several scores of the same heads, side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd

from rh_lens.experiments import agreement, comparison_table
from rh_lens.experiments.agreement import Each, Kind
from rh_lens.experiments.by_needle import ByNeedle, by_needle
from rh_lens.heads import Head, all_heads
from rh_lens.scores.head_scores import HeadScores


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Several scores of the same heads, side by side.

    Every pair is compared on the heads that both have measured. Heads that tie for the last places
    of a top k share them, in counts; in lists of heads they stand in no top k.

    Attributes:
        scores: What is compared, by the name of its column.
        by_group: Which of them score key-value heads, and how many query heads each of these
            serves: it stands here once for every one.
    """

    scores: Mapping[str, HeadScores]
    by_group: Mapping[str, int] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per head, one column per score."""
        columns = {name: each.mean.flatten().tolist() for name, each in self.scores.items()}
        return pd.DataFrame(columns, index=[str(head) for head in self._heads], dtype=float)

    # -- the whole order

    def correlation(self, kind: Kind = "spearman") -> pd.DataFrame:
        """Correlation over heads of every pair: "spearman", "kendall" (tau-b) or "pearson"."""
        return self._matrix(lambda *pair: agreement.correlation(*self._both(*pair), kind))

    def rank_correlation(self) -> pd.DataFrame:
        """Spearman's rank correlation of every pair."""
        return self.correlation("spearman")

    def p_values(
        self, kind: Kind = "spearman", *, permutations: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """The chance of a correlation as strong, up or down, if heads were dealt out by lot.

        (1 + as strong) / (1 + permutations). The query heads of one key-value head stay together
        if a score has only one value for them. Other heads are taken for exchangeable; those of
        one layer resemble each other, which makes the chance somewhat too small.
        """

        def p_value(a: str, b: str) -> float:
            block = max(self.by_group.get(a, 1), self.by_group.get(b, 1))
            x, y = self._both(a, b, block)
            return agreement.permutation_p(
                x, y, kind, permutations=permutations, seed=seed, block=block
            )

        return self._matrix(p_value)

    def heads_used(self) -> pd.DataFrame:
        """How many heads both scores of a pair have measured."""
        return self._matrix(lambda *pair: len(self._both(*pair)[0])).astype(int)

    def rank_biased_overlap(self, p: float = 0.9, *, depth: int | None = None) -> pd.DataFrame:
        """Agreement of every pair that counts the top most (Webber, Moffat and Zobel 2010).

        The share A_d of the d strongest that both have in common, with weights that fall by `p` a
        rank: RBO_ext = A_n pⁿ + (1 - p) / p · Σ A_d pᵈ for d = 1..n, where n is `depth` (None: all
        heads). 1 is the same order, 0 nothing shared; at p = 0.9 the ten strongest weigh 86 %.
        Equals count in every order at once, so a score with ties is below 1 against itself.
        """
        return self._matrix(
            lambda *pair: agreement.rank_biased_overlap(*self._both(*pair), p, depth)
        )

    # -- the top

    def overlap(self, *counts: int) -> pd.DataFrame:
        """How many of the k strongest heads every pair shares, beside k² / heads, the chance level.

        Takes several k at once: `overlap(8, 16, 50)`.
        """
        return self._pairs(counts, agreement.overlap, agreement.chance_overlap)

    def jaccard(self, *counts: int) -> pd.DataFrame:
        """Shared heads of the top k over heads in either, beside the mean of random rankings."""
        return self._pairs(counts, agreement.jaccard, agreement.chance_jaccard)

    def shared(self, count: int) -> list[Head]:
        """Heads that are in everybody's top `count`, in the order of layers and heads."""
        inside = np.all([self._top_share(name, count) == 1 for name in self.scores], axis=0)
        return self._listed(inside)

    def only(self, name: str, count: int) -> list[Head]:
        """Heads in the top `count` of this score and of no other, in the order of layers."""
        self._check(name)
        others = [self._top_share(other, count) == 0 for other in self.scores if other != name]
        return self._listed((self._top_share(name, count) == 1) & np.all(others, axis=0))

    def auroc(self, of: str, against: str, count: int) -> float:
        """How well one score finds another's `count` strongest heads: 1 always, 0.5 by chance.

        The chance that `of` puts one of them above a head that is none (Mann-Whitney). It does not
        fall when `of` has many more strong heads than `against`, as overlaps do.
        """
        x, y = self._both(of, against)
        if not 0 < count < len(x):
            raise ValueError(f"a top {count} of {len(x)} heads leaves nothing to tell it from")
        return agreement.auroc(x, y, count)

    def by_needle(
        self,
        a: str,
        b: str,
        *,
        kind: Kind = "spearman",
        level: float = 0.95,
        draws: int = 1000,
        seed: int = 0,
    ) -> ByNeedle:
        """The correlation within each needle that both scores were asked, its mean and interval."""
        self._check(a, b)
        return by_needle(
            self.scores[a], self.scores[b], kind=kind, level=level, draws=draws, seed=seed
        )

    # -- how it shows

    def table(self, count: int = 10) -> str:
        """Every pair in a line, with the top `count`, 2 and 5 times as many; then who is there."""
        return comparison_table.text(self, count)

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return comparison_table.html(self, 10)

    @property
    def _heads(self) -> list[Head]:
        return all_heads(*next(iter(self.scores.values())).mean.shape)

    def _check(self, *names: str) -> None:
        if unknown := [name for name in names if name not in self.scores]:
            raise ValueError(f"there is no score {unknown[0]!r}: there are {list(self.scores)}")

    def _values(self, name: str) -> Each:
        return self.scores[name].mean.flatten().double().numpy()

    def _both(self, a: str, b: str, block: int = 1) -> tuple[Each, Each]:
        """The two scores of the heads measured in both, of which whole blocks are."""
        self._check(a, b)
        x, y = self._values(a), self._values(b)
        measured = ~(np.isnan(x) | np.isnan(y))
        whole = measured.reshape(-1, block).all(axis=1).repeat(block)
        return x[whole], y[whole]

    def _matrix(self, of_pair: Callable[[str, str], float]) -> pd.DataFrame:
        names = list(self.scores)
        found = pd.DataFrame(np.nan, index=names, columns=names)
        for a, b in combinations_with_replacement(names, 2):
            found.loc[a, b] = found.loc[b, a] = of_pair(a, b)
        return found

    def _pairs(
        self,
        counts: tuple[int, ...],
        of_pair: Callable[[Each, Each, int], float],
        chance: Callable[[int, int], float],
    ) -> pd.DataFrame:
        if not counts or min(counts) < 1:
            raise ValueError(f"got the counts {counts}: give how many heads are the top, like 20")
        rows = []
        for a, b in combinations(self.scores, 2):
            x, y = self._both(a, b)
            rows += [(a, b, k, of_pair(x, y, k), chance(len(x), k), len(x)) for k in counts]
        columns = ["a", "b", "k", of_pair.__name__, "chance", "heads"]
        return pd.DataFrame(rows, columns=columns).set_index(["a", "b", "k"])

    def _top_share(self, name: str, count: int) -> Each:
        values = self._values(name)
        share, measured = np.zeros(len(values)), ~np.isnan(values)
        share[measured] = agreement.top_share(values[measured], count)
        return share

    def _listed(self, inside: np.ndarray) -> list[Head]:
        return [head for head, is_in in zip(self._heads, inside, strict=True) if is_in]
