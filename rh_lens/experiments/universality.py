"""Have other models their retrieval heads in the same places?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from rh_lens.experiments import within_layers
from rh_lens.experiments.agreement import Each, Kind, correlation, permutation_p
from rh_lens.experiments.compare import compare
from rh_lens.experiments.comparison import Comparison
from rh_lens.experiments.within_layers import Layers
from rh_lens.scores.head_scores import HeadScores


@dataclass(frozen=True, eq=False, repr=False)
class Universality:
    """How far the heads of models that have equally many layers and heads are the same.

    Attributes:
        comparison: All that can be asked of scores side by side.
        pairs: Which of them are held against each other.
        permutations: How often heads are dealt out by lot, for the chances.
        seed: Of those lots.
    """

    comparison: Comparison
    pairs: Sequence[tuple[str, str]]
    permutations: int = 1000
    seed: int = 0

    def frame(self) -> pd.DataFrame:
        """One row per pair: two correlations, and the chance of each if heads were dealt out anew.

        `p` deals them over the whole model, `p in layers` within each layer, which leaves the
        correlation `layers alone`. Heads of unrelated models get a small `p` as soon as both have
        their strong heads in the same layers, but not a small `p in layers`.
        """
        used = self.comparison.heads_used()
        heads = [used.loc[a, b] for a, b in self.pairs]
        columns = [self._correlated("pearson"), self._correlated("spearman")]
        return pd.concat([*columns, pd.Series(heads, self._index, name="heads")], axis=1)

    def matrix(self, kind: Kind = "pearson") -> pd.DataFrame:
        """The correlation of every score with every other (Wu et al. 2024, Fig. 6)."""
        return self.comparison.correlation(kind)

    def overlap(self, *counts: int) -> pd.DataFrame:
        """How many of the k strongest heads each pair shares, for several k, and what chance gives.

        `chance` is k² / heads; `chance in layers` keeps how many of the k each layer has; `p` is
        the hypergeometric chance of sharing as many.
        """
        shared = self.comparison.overlap(*counts)
        rows = [(a, b, k) for a, b in self.pairs for k in counts]
        found = shared.loc[rows]
        in_layers, p = [], []
        for (a, b, k), both in zip(rows, found["overlap"].tolist(), strict=True):
            x, y, layers = self._measured(a, b)
            in_layers.append(within_layers.chance_overlap(x, y, layers, k))
            p.append(within_layers.overlap_p(both, len(x), k))
        return found.assign(**{"chance in layers": in_layers, "p": p})

    def families(self, names: Mapping[str, Sequence[str]], kind: Kind = "pearson") -> pd.DataFrame:
        """Correlations within each family of models, and between models of different families.

        Args:
            names: The models of each family: `{"llama": ["base", "chat"], "qwen": ["qwen"]}`.
        """
        listed = [name for members in names.values() for name in members]
        if sorted(listed) != sorted(self.comparison.scores):
            raise ValueError(
                f"the families name {listed}: put each of {list(self.comparison.scores)} into one"
            )
        family = {name: of for of, members in names.items() for name in members}
        matrix = self.matrix(kind).to_dict()
        kinds = [*(f"within {of}" for of in names), "across families"]
        found: dict[str, list[float]] = {row: [] for row in kinds}
        for a, b in combinations(listed, 2):
            row = f"within {family[a]}" if family[a] == family[b] else kinds[-1]
            found[row].append(matrix[a][b])
        table = pd.DataFrame({row: pd.Series(each, dtype=float) for row, each in found.items()})
        return table.agg(["count", "mean", "min", "max"]).T.rename(columns={"count": "pairs"})

    def __repr__(self) -> str:
        return "\n\n".join(
            [
                self.frame().to_string(float_format="{:.3f}".format),
                self.overlap(10, 20, 50).to_string(float_format="{:.3g}".format),
                f"p: {self.permutations} deals of the heads over the whole model, or within each "
                f"layer (seed {self.seed}); p of an overlap: hypergeometric",
            ]
        )

    @property
    def _index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_tuples(self.pairs, names=["a", "b"])

    def _correlated(self, kind: Kind) -> pd.DataFrame:
        lots, seed = self.permutations, self.seed
        rows = []
        for a, b in self.pairs:
            x, y, layers = self._measured(a, b)
            p = permutation_p(x, y, kind, permutations=lots, seed=seed)
            null = within_layers.null(x, y, layers, kind, permutations=lots, seed=seed)
            rows.append((correlation(x, y, kind), p, null.p, null.mean))
        names = [kind, f"{kind} p", f"{kind} p in layers", f"{kind} layers alone"]
        return pd.DataFrame(rows, index=self._index, columns=names)

    def _measured(self, a: str, b: str) -> tuple[Each, Each, Layers]:
        """The two scores of the heads that both have measured, and the layer of each."""
        n_layers, n_heads = self.comparison.scores[a].mean.shape
        both = self.comparison.frame[[a, b]].to_numpy().T
        measured = ~np.isnan(both).any(axis=0)
        layers = np.arange(n_layers).repeat(n_heads)
        return both[0, measured], both[1, measured], layers[measured]


def universality(*, permutations: int = 1000, seed: int = 0, **scores: HeadScores) -> Universality:
    """Do other models have their retrieval heads in the same places? The keywords name the models.

    `universality(llama=scores_of_llama, mistral=scores_of_mistral).frame()`. Wu et al. 2024 find
    correlations above 0.8 within families of models and below 0.1 across them (Fig. 6), without a
    test; here each has two, for which see `Universality.frame`.

    Raises:
        ValueError: Models of which one has other numbers of layers or heads.
    """
    return Universality(side_by_side(scores), list(combinations(scores, 2)), permutations, seed)


def side_by_side(scores: Mapping[str, HeadScores]) -> Comparison:
    """The scores of models of one shape; an error that says what those of several can tell."""
    shapes = {name: tuple(each.values.shape[1:]) for name, each in scores.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{name} {layers} x {heads}" for name, (layers, heads) in shapes.items())
        raise ValueError(
            f"unequal models: got {told} layers x heads, and a head of one has no counterpart in a "
            "model of another shape. Compare models of one shape head by head; of the others, how "
            "few, how strong and how deep their heads are: sparsity(scores).frame() of each"
        )
    return compare(**scores)
