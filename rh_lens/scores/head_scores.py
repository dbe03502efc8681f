"""HeadScores: a number for every head on every case, the result that all experiments share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.heads import Head, all_heads
from rh_lens.scores import files, table
from rh_lens.scores.bootstrap import cluster_means


class Interval(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True, eq=False, repr=False)
class HeadScores:
    """A score for every head on every case: larger is more of it, NaN is "not measured".

    A case that the model failed is kept, as a row of NaN whose label `found` is False. Means are
    over the cases that were measured, so they are conditional on success. A case for which there
    was too little memory is kept as well: `found` is None, and the label `skipped` says why.

    Attributes:
        name: What was measured, such as "retrieval score".
        values: One score per case, layer and head.
        labels: What is known of each case: its place in the grid, `found`, what the model said.
        provenance: How the numbers were obtained: model, scorer, protocol, versions.
    """

    name: str
    values: Float[Tensor, "case layer head"]
    labels: tuple[Labels, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.values) != len(self.labels):
            raise ValueError(
                f"got scores of {len(self.values)} cases and labels of {len(self.labels)}: "
                "give one label mapping per case"
            )

    # -- one number per head

    @property
    def mean(self) -> Float[Tensor, "layer head"]:
        """Mean over the measured cases."""
        return self.values.nanmean(dim=0)

    @property
    def activation_frequency(self) -> Float[Tensor, "layer head"]:
        """The share of measured cases in which a head scores above 0 (Wu et al. 2024, Fig. 4)."""
        active = (self.values > 0).float().masked_fill(self.values.isnan(), torch.nan)
        return active.nanmean(dim=0)

    def __getitem__(self, head: Head) -> float:
        """The mean score of one head."""
        self._check(head)
        return self.mean[head].item()

    # -- which heads

    def ranking(self) -> list[Head]:
        """Measured heads, strongest first; equals in the order of layers and heads."""
        mean = self.mean
        measured = [head for head in all_heads(*mean.shape) if not mean[head].isnan()]
        return sorted(measured, key=lambda head: -mean[head].item())

    def top(self, count: int) -> list[Head]:
        """The `count` strongest heads."""
        return self.ranking()[:count]

    def bottom(self, count: int) -> list[Head]:
        """The `count` weakest heads, weakest first."""
        return self.ranking()[::-1][:count]

    def above(self, threshold: float) -> list[Head]:
        """Heads that score `threshold` or more, strongest first (Wu et al. 2024 use 0.1)."""
        mean = self.mean
        return [head for head in self.ranking() if mean[head] >= threshold]  # both in float32

    def bins(self) -> pd.Series:
        """How many heads fall into each bin of Wu et al. 2024, Fig. 3 ("=0": 0 or less)."""
        mean = self.mean
        bins = {
            "=0": mean <= 0,
            "(0, 0.1)": (mean > 0) & (mean < 0.1),
            "[0.1, 0.5)": (mean >= 0.1) & (mean < 0.5),
            ">=0.5": mean >= 0.5,
        }
        return pd.Series({name: int(within.sum()) for name, within in bins.items()}, name="heads")

    # -- how sure

    def measured(self) -> tuple[Float[Tensor, "case layer head"], list[Any]]:
        """The measured cases, and the needle of each (a case without that label is its own)."""
        at = (~self.values.isnan().all(dim=(1, 2))).nonzero().flatten().tolist()
        return self.values[at], [self.labels[i].get("needle", i) for i in at]

    def intervals(
        self, *, level: float = 0.95, draws: int = 1000, seed: int = 0
    ) -> Float[Tensor, "2 layer head"]:
        """Lower and upper ends of every head's confidence interval: a percentile bootstrap over
        needles. NaN where there are fewer than two, since one needle says nothing of the next."""
        values, clusters = self.measured()
        if len(set(clusters)) < 2:
            return torch.full((2, *self.values.shape[1:]), torch.nan)
        means = cluster_means(values, clusters, draws=draws, seed=seed)
        ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
        return torch.nanquantile(means, ends, dim=0)

    def interval(
        self, head: Head, *, level: float = 0.95, draws: int = 1000, seed: int = 0
    ) -> Interval:
        """The confidence interval of one head's mean, by a bootstrap clustered by needle."""
        self._check(head)
        layer, index = head
        only = replace(self, values=self.values[:, layer : layer + 1, index : index + 1])
        low, high = only.intervals(level=level, draws=draws, seed=seed).flatten().tolist()
        return Interval(low, high)

    def stability(self, count: int, *, draws: int = 1000, seed: int = 0) -> dict[Head, float]:
        """How often each of the top `count` heads is in the top `count` of a bootstrap draw.

        Heads that tie for the last places in a draw share them. NaN where there are fewer than two
        needles, as in `intervals`.
        """
        values, clusters = self.measured()
        if len(set(clusters)) < 2:
            return dict.fromkeys(self.top(count), math.nan)
        means = cluster_means(values, clusters, draws=draws, seed=seed)
        shares = {}
        for head in self.top(count):
            own = means[:, head.layer, head.index, None, None]
            stronger = (means > own).sum(dim=(1, 2))
            tied = (means == own).sum(dim=(1, 2))
            share = ((count - stronger) / tied).clamp(0, 1)
            shares[head] = share.masked_fill(tied == 0, 0).mean().item()  # none: not in this draw
        return shares

    def pass_rate(self, *by: str) -> pd.DataFrame:
        """How many cases the model answered, of how many: in all, or by labels like "length".
        Skipped cases were not asked."""
        cases = pd.DataFrame(list(self.labels)).rename(columns=str)
        found = cases["found"].astype(bool) if "found" in cases else ~self._missing()
        cases = cases.assign(found=found)
        cases = cases[cases["skipped"].isna()] if "skipped" in cases else cases
        if unknown := sorted(set(by) - set(map(str, cases))):
            raise ValueError(f"no case has the labels {unknown}: there are {list(cases)}")
        groups = cases.groupby(list(by), dropna=False) if by else cases.groupby(lambda _: "all")
        rates = groups["found"].agg(passed="sum", asked="count")
        return rates.assign(rate=rates["passed"] / rates["asked"])

    # -- other views

    def where(self, **wanted: str | int | float | bool | None) -> "HeadScores":
        """Only the cases with these labels: `scores.where(depth=0.5)`."""
        keep = [i for i, labels in enumerate(self.labels) if wanted.items() <= labels.items()]
        if not keep:
            known = {
                name: list(dict.fromkeys(at.get(name) for at in self.labels)) for name in wanted
            }
            raise ValueError(f"no case has the labels {wanted}; the cases have {known}")
        return replace(self, values=self.values[keep], labels=tuple(self.labels[i] for i in keep))

    def minus(self, control: "HeadScores") -> "HeadScores":
        """These scores less those of a control, case by case: `scores.minus(of_null_queries)`."""
        if self.values.shape != control.values.shape:
            raise ValueError(
                f"scores of shape {tuple(self.values.shape)} less a control of shape "
                f"{tuple(control.values.shape)}: make one control case for every case, in order"
            )
        less = {**self.provenance, "less": {"name": control.name, **control.provenance}}
        return replace(
            self,
            name=f"{self.name} less control",
            values=self.values - control.values,
            provenance=less,
        )

    def kv_groups(self) -> "HeadScores":
        """A score for every key-value head: that of the strongest query head it serves."""
        groups = self.provenance.get("model", {}).get("n_key_value_heads")
        if not groups:
            raise ValueError(
                "these scores do not say how many key-value heads their model has: "
                "add provenance['model']['n_key_value_heads']"
            )
        grouped = self.values.unflatten(2, (groups, -1))
        strongest = grouped.nan_to_num(-torch.inf).amax(dim=-1)
        values = strongest.masked_fill(grouped.isnan().all(dim=-1), torch.nan)
        return replace(self, name=f"{self.name} by KV group", values=values)

    def frame(self) -> pd.DataFrame:
        """One row per case and head, ready for pandas."""
        n_cases, n_layers, n_heads = self.values.shape
        cases = pd.DataFrame(list(self.labels)).loc[lambda f: f.index.repeat(n_layers * n_heads)]
        heads = all_heads(n_layers, n_heads) * n_cases
        return cases.reset_index(drop=True).assign(
            layer=[head.layer for head in heads],
            head=[head.index for head in heads],
            **{self.name: self.values.flatten().tolist()},
        )

    # -- files

    def save(self, path: str | Path) -> None:
        """Write `.safetensors` (all there is), `.json` (as the reference) or `.csv` (a table)."""
        files.write(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "HeadScores":
        """Read `.safetensors` that `save` wrote, or a `.json` score file of the reference."""
        name, values, labels, provenance = files.read(Path(path))
        return cls(name, values, tuple(labels), provenance)

    # -- how it shows

    def table(self, count: int = 10) -> str:
        """The `count` strongest heads as text, and how the numbers were obtained."""
        return table.text(self, count)

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return table.html(self, 10)

    def _check(self, head: Head) -> None:
        layer, index = head
        n_layers, n_heads = self.values.shape[1:]
        if not (0 <= layer < n_layers and 0 <= index < n_heads):
            raise ValueError(
                f"there is no head {Head(layer, index)}: "
                f"these scores have {n_layers} layers of {n_heads} heads"
            )

    def _missing(self) -> pd.Series:
        return pd.Series(self.values.isnan().all(dim=(1, 2)).tolist())
