"""PathEffects: what every component sends along its paths to some receivers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.experiments import path_table
from rh_lens.experiments.components import MLP, Component, every_component
from rh_lens.heads import Head
from rh_lens.scores.head_scores import HeadScores, Interval


@dataclass(frozen=True, eq=False, repr=False)
class PathEffects:
    """An effect of every head, every MLP and the embeddings on each pair; NaN is "not measured".

    Attributes:
        heads: Also holds what is said of the pairs, and how the numbers were obtained.
        mlps: One effect per pair and layer.
        embeddings: One effect per pair.
    """

    heads: HeadScores
    mlps: Float[Tensor, "case layer"]
    embeddings: Float[Tensor, " case"]

    def __post_init__(self) -> None:
        own, counts = self.heads.values.shape[:2], (self.mlps.shape, self.embeddings.shape)
        if counts != (own, own[:1]):
            raise ValueError(
                f"got heads of {own[0]} pairs and {own[1]} layers, MLPs of shape "
                f"{tuple(self.mlps.shape)} and embeddings of shape {tuple(self.embeddings.shape)}: "
                "give one effect per pair and layer, and one per pair"
            )

    @property
    def labels(self) -> tuple[Labels, ...]:
        return self.heads.labels

    @property
    def provenance(self) -> Mapping[str, Any]:
        return self.heads.provenance

    @property
    def senders(self) -> list[Component]:
        """The components that were measured, in the order in which they act."""
        every = every_component(*self.heads.values.shape[1:])
        return [part for part in every if not self.of(part).isnan().all()]

    def of(self, sender: Component) -> Float[Tensor, " case"]:
        """The effect of one component on each pair."""
        layers, heads = self.heads.values.shape[1:]
        if sender == "embeddings":
            return self.embeddings
        if isinstance(sender, MLP) and 0 <= sender.layer < layers:
            return self.mlps[:, sender.layer]
        if isinstance(sender, Head) and 0 <= sender.layer < layers and 0 <= sender.index < heads:
            return self.heads.values[:, sender.layer, sender.index]
        raise ValueError(
            f"there is no {sender!r}: these effects are of {layers} layers of {heads} heads, of "
            "the MLP of each, and of the 'embeddings'"
        )

    def __getitem__(self, sender: Component) -> float:
        """The mean effect of one component."""
        return self.of(sender).nanmean().item()

    def ranking(self) -> list[Component]:
        """Measured components of every sort, strongest first; equals in the order they act in."""
        return sorted(self.senders, key=lambda sender: -self[sender])

    def top(self, count: int) -> list[Component]:
        """The `count` strongest components."""
        return self.ranking()[:count]

    def above(self, threshold: float) -> list[Component]:
        """Components whose effect is `threshold` or more, strongest first."""
        return [sender for sender in self.ranking() if self[sender] >= threshold]

    @property
    def gap(self) -> Float[Tensor, " case"]:
        """What all paths together can do to each pair: metric(clean) - metric(corrupt); NaN where
        memory did not suffice."""
        table = pd.DataFrame(list(self.labels))
        return torch.tensor((table["clean"] - table["corrupt"]).to_list(), dtype=torch.float32)

    def shares(self) -> "PathEffects":
        """The same as parts of what all paths together do: 1 is all of it.

        effect / (metric(clean) - metric(corrupt)), pair by pair; NaN where the metric is the same.
        """
        whole = self.gap.masked_fill(self.gap == 0, torch.nan)
        heads = replace(
            self.heads,
            name=f"{self.heads.name}, share",
            values=self.heads.values / whole[:, None, None],
            provenance={**self.provenance, "unit": "share of metric(clean) - metric(corrupt)"},
        )
        return PathEffects(heads, self.mlps / whole[:, None], self.embeddings / whole)

    def interval(
        self, sender: Component, *, level: float = 0.95, draws: int = 1000, seed: int = 0
    ) -> Interval:
        """The confidence interval of a mean effect, by a bootstrap clustered by needle; NaN where
        there are fewer than two needles."""
        only = replace(self.heads, values=self.of(sender)[:, None, None])
        return only.interval(Head(0, 0), level=level, draws=draws, seed=seed)

    def frame(self) -> pd.DataFrame:
        """One row per pair and measured component, ready for pandas."""
        senders = self.senders
        rows = [
            {
                **labels,
                "sender": str(sender),
                "kind": "embeddings" if sender == "embeddings" else type(sender).__name__.lower(),
                "layer": None if sender == "embeddings" else sender.layer,
                self.heads.name: self.of(sender)[number].item(),
            }
            for number, labels in enumerate(self.labels)
            for sender in senders
        ]
        return pd.DataFrame(rows)

    def table(self, count: int = 10) -> str:
        """The `count` strongest components as text, and how the numbers were obtained."""
        return path_table.text(self, count)

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return path_table.html(self, 10)
