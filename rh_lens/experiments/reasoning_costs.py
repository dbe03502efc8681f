"""ReasoningEffect: what a loss of heads costs where a model must reason, and where it may copy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import torch

from rh_lens.scores.bootstrap import cluster_means

DIRECT, STEPS, WORTH = "direct", "steps", "steps less direct"
HEADS, EXCESS = "heads", "heads less controls"
MEASURES = {"logprob": "logprob", "accuracy": "found"}


@dataclass(frozen=True, eq=False, repr=False)
class ReasoningEffect:
    """What the loss of heads costs on sums to work out, and on the same with the steps shown.

    Attributes:
        answers: A row per case and list of heads lost: the labels of the case, `heads` ("none",
            "heads", "control 1" ...), `found`, `said`, `logprob` of the right answer in nats per
            token, `idle` (the ablation made no difference).
        provenance: How the numbers were obtained.
    """

    answers: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def before(self) -> pd.DataFrame:
        """How well the unchanged model does in each form."""
        intact = self.answers[self.answers["heads"] == "none"]
        asked = intact.astype({"found": float}).groupby("form")
        means = asked[list(MEASURES.values())].mean().set_axis(list(MEASURES), axis=1)
        return means.assign(cases=asked.size())

    def frame(self, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """A row per measure, form and list of heads: the mean cost of losing them, its interval.

        Cost is before less after, so above 0 the heads helped. "heads less controls" is what these
        heads cost more than the mean control; "steps less direct" what a list costs more where the
        steps are shown, sum by sum. The interval is a percentile bootstrap over sums, NaN for fewer
        than two.
        """
        rows = []
        for measure in MEASURES:
            for (form, heads), costs in self._costs(measure).items():
                low = high = float("nan")
                if len(costs) > 1:
                    values = torch.tensor(costs.tolist(), dtype=torch.float32)
                    means = cluster_means(values, list(costs.index), draws=draws, seed=seed)
                    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
                    low, high = means.quantile(ends).tolist()
                rows.append((measure, form, heads, costs.mean(), low, high, len(costs)))
        columns = ["measure", "form", "heads", "cost", "low", "high", "sums"]
        return pd.DataFrame(rows, columns=columns)

    def table(self) -> str:
        """What the loss costs, as text, and how it was obtained."""
        told = {"cost": "{:.3f}", "low": "{:.3f}", "high": "{:.3f}", "sums": "{:.0f}"}
        rows = self.frame().set_index(["measure", "form", "heads"])
        costs = rows.to_string(formatters={name: at.format for name, at in told.items()})
        model = self.provenance.get("model", {})
        return "\n\n".join(
            [
                "the unchanged model\n" + self.before().to_string(float_format="{:.3f}".format),
                "cost: how much worse without\n" + costs,
                f"{model.get('name')}; each as in {self.provenance.get('ablation')}; "
                f"{self.provenance.get('answering')}; low and high: 95 % bootstrap over sums",
            ]
        )

    def __repr__(self) -> str:
        return self.table()

    def _costs(self, measure: str) -> dict[tuple[str, str], "pd.Series[float]"]:
        """Before less after, for each sum, by form and list of heads."""
        rivals = [name for name in self.answers["heads"].unique() if name not in ("none", HEADS)]
        costs: dict[tuple[str, str], pd.Series[float]] = {}
        for form in (DIRECT, STEPS):
            before = self._values(measure, form, "none")
            for name in (HEADS, *rivals):
                costs[form, name] = before - self._values(measure, form, name)
            if rivals:
                mean = sum(costs[form, name] for name in rivals) / len(rivals)
                costs[form, EXCESS] = costs[form, HEADS] - mean
        for name in [name for form, name in costs if form == DIRECT]:
            costs[WORTH, name] = (costs[STEPS, name] - costs[DIRECT, name]).dropna()
        return costs

    def _values(self, measure: str, form: str, heads: str) -> "pd.Series[float]":
        own = self.answers[(self.answers["form"] == form) & (self.answers["heads"] == heads)]
        return own.astype({"found": float}).groupby("needle", sort=False)[MEASURES[measure]].mean()
