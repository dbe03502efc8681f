"""AblationCurve: what was answered without the first k heads, for several k."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import torch
from scipy.stats import binomtest

from rh_lens.scores.bootstrap import cluster_means

Measure = Literal["accuracy", "logprob", "text loss"]


@dataclass(frozen=True, eq=False, repr=False)
class AblationCurve:
    """The answers to the same cases without 0 to k heads of a ranking, and of its controls.

    Attributes:
        answers: A row per ablation and case: `heads` ("none", "ranking", or a control's name),
            `control`, `count`, `found`, `said`, `logprob` of the right answer in nats per token,
            `idle` (the ablation made no difference), and the labels of the case.
        texts: The same of ordinary text, whose loss is minus `logprob`. Empty if not measured.
        provenance: How the numbers were obtained.
    """

    answers: pd.DataFrame
    texts: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def frame(
        self,
        measure: Measure = "accuracy",
        *,
        level: float = 0.95,
        draws: int = 1000,
        seed: int = 0,
    ) -> pd.DataFrame:
        """A row per ranking and count: `heads`, `control`, `count`, `mean`, `low`, `high`, `cases`.

        Every ranking begins with the unchanged model at count 0. The interval is a percentile
        bootstrap over needles (of the text loss: over texts), NaN where there are fewer than two.
        """
        cases = self.texts if measure == "text loss" else self.answers
        if cases.empty:
            raise ValueError(
                "the loss of ordinary text was not measured: pass texts=plain_text(...)"
            )
        values = _values(cases, measure)
        rows = []
        for name in ["ranking", *self.controls]:
            for count in self.counts:
                own = (cases["heads"] == (name if count else "none")) & (cases["count"] == count)
                clusters = cases.loc[own, "needle" if "needle" in cases else "digest"]
                low, high = _interval(values[own], clusters, level, draws, seed)
                rows.append(
                    {
                        "heads": name,
                        "control": name != "ranking",
                        "count": count,
                        "mean": values[own].mean(),
                        "low": low,
                        "high": high,
                        "cases": int(own.sum()),
                    }
                )
        return pd.DataFrame(rows)

    def mcnemar(self) -> pd.DataFrame:
        """Whether the answers that an ablation loses outnumber those it gains, beyond chance.

        Per ranking and count: how many cases the unchanged model answered and the ablated one did
        not (`lost`), the reverse (`gained`), and the exact two-sided p-value of McNemar's test,
        which takes cases as independent. Cases that share a needle are not quite.
        """
        found = self.answers.pivot(index="digest", columns=["heads", "count"], values="found")
        found = found.astype(bool)
        before = found["none", 0]
        rows = []
        for name in ["ranking", *self.controls]:
            for count in self.counts[1:]:
                after = found[name, count]
                lost, gained = int((before & ~after).sum()), int((after & ~before).sum())
                p = binomtest(lost, lost + gained).pvalue if lost + gained else 1.0
                told = {"heads": name, "control": name != "ranking", "count": count}
                rows.append({**told, "lost": lost, "gained": gained, "p": p})
        return pd.DataFrame(rows)

    def grid(self, count: int, heads: str = "ranking") -> pd.DataFrame:
        """The needle grid: for each length and depth, the share of cases answered `before` and
        `after` the loss of `count` heads, and of how many `cases`."""
        if count not in self.counts or heads not in ("ranking", *self.controls):
            raise ValueError(
                f"nothing was measured without {count} heads of {heads!r}: there are the counts "
                f"{self.counts} of {['ranking', *self.controls]}"
            )
        if missing := {"length", "depth"} - set(self.answers):
            raise ValueError(f"the cases have no {sorted(missing)}: make them with niah")
        name = heads if count else "none"
        after = self.answers[(self.answers["heads"] == name) & (self.answers["count"] == count)]
        before = self.answers[self.answers["heads"] == "none"]
        place = ["length", "depth"]
        shares = {
            "before": before.groupby(place)["found"].mean().astype(float),
            "after": after.groupby(place)["found"].mean().astype(float),
            "cases": before.groupby(place)["found"].count(),
        }
        return pd.DataFrame(shares).reset_index()

    @property
    def counts(self) -> list[int]:
        """How many heads were ablated, 0 first."""
        return sorted(int(count) for count in self.answers["count"].unique())

    @property
    def controls(self) -> list[str]:
        """The names of the controls."""
        return list(dict.fromkeys(self.answers.loc[self.answers["control"], "heads"]))

    def table(self) -> str:
        """Per count, the ranking beside the median of its controls, and how it was obtained."""
        p = self.mcnemar().query("not control").set_index("count")["p"]
        lines: dict[str, pd.Series[Any]] = {}
        for measure in self._measured():
            rows = self.frame(measure)
            own = rows[~rows["control"]].set_index("count")
            lines[measure] = own["mean"]
            lines[f"{measure} 95 %"] = own.apply(_range, axis=1)
            rivals = rows[rows["control"]].groupby("count")["mean"]
            if self.controls:
                spread = pd.DataFrame({"low": rivals.min(), "high": rivals.max()})
                lines[f"{measure}, median control"] = rivals.median()
                lines[f"{measure}, controls from .. to"] = spread.apply(_range, axis=1)
        lines["p (McNemar)"] = p
        shown = pd.DataFrame(lines).T.to_string(
            float_format="{:.3g}".format, na_rep="", index_names=False
        )
        return f"{shown}\n{self._told()}"

    def __repr__(self) -> str:
        return self.table()

    def _measured(self) -> Sequence[Measure]:
        always: tuple[Measure, ...] = ("accuracy", "logprob")
        return always if self.texts.empty else (*always, "text loss")

    def _told(self) -> str:
        model = self.provenance.get("model", {})
        cases, needles = self.answers["digest"].nunique(), self.answers.get("needle")
        of = f" of {needles.nunique()} needles" if needles is not None else ""
        loss = "" if not self.texts.empty else "; loss of ordinary text not measured"
        away = self.provenance.get("elsewhere", 0)
        moved = f" (up to {away} heads of another layer, for want of others)" if away else ""
        return (
            f"{model.get('name')} ({model.get('class')}, {model.get('dtype')}), {cases} cases{of}, "
            f"{len(self.controls)} controls{moved}; each as in {self.provenance.get('ablation')}; "
            f"{self.provenance.get('answering')}; intervals: bootstrap over needles{loss}"
        )


def _values(cases: pd.DataFrame, measure: Measure) -> "pd.Series[float]":
    if measure == "accuracy":
        return cases["found"].astype(float)
    return -cases["logprob"] if measure == "text loss" else cases["logprob"]


def _interval(
    values: "pd.Series[float]", clusters: "pd.Series[Any]", level: float, draws: int, seed: int
) -> tuple[float, float]:
    if clusters.nunique() < 2:
        return float("nan"), float("nan")
    means = cluster_means(torch.tensor(values.tolist()), clusters.tolist(), draws=draws, seed=seed)
    low, high = means.quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2])).tolist()
    return low, high


def _range(row: "pd.Series[float]") -> str:
    return f"{row['low']:.2f} .. {row['high']:.2f}"
