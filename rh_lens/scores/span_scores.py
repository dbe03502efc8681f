"""SpanScores: a number for every layer at every stretch of the text, on every case."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Labels


@dataclass(frozen=True, eq=False, repr=False)
class SpanScores:
    """A score for every layer at every stretch of the text: NaN is "not measured".

    Attributes:
        name: What was measured, such as "residual activation patching".
        values: One score per case, layer and stretch.
        spans: What the stretches are called.
        labels: What is known of each case.
        provenance: How the numbers were obtained.
    """

    name: str
    values: Float[Tensor, "case layer span"]
    spans: tuple[str, ...]
    labels: tuple[Labels, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        described = (len(self.labels), len(self.spans))
        if (self.values.shape[0], self.values.shape[2]) != described:
            raise ValueError(
                f"got scores of {self.values.shape[0]} cases and {self.values.shape[2]} spans, "
                f"labels of {described[0]} and names of {described[1]}: give one of each"
            )

    @property
    def mean(self) -> Float[Tensor, "layer span"]:
        """Mean over the measured cases."""
        return self.values.nanmean(dim=0)

    def at(self, span: str) -> Float[Tensor, " layer"]:
        """The mean of every layer at one stretch: `scores.at("answer")`."""
        if span not in self.spans:
            raise ValueError(f"there is no span {span!r} in these scores: they have {self.spans}")
        return self.mean[:, self.spans.index(span)]

    def where(self, **wanted: str | int | float | bool | None) -> "SpanScores":
        """Only the cases with these labels: `scores.where(depth=0.5)`."""
        keep = [i for i, labels in enumerate(self.labels) if wanted.items() <= labels.items()]
        if not keep:
            known = {
                name: list(dict.fromkeys(at.get(name) for at in self.labels)) for name in wanted
            }
            raise ValueError(f"no case has the labels {wanted}; the cases have {known}")
        return replace(self, values=self.values[keep], labels=tuple(self.labels[i] for i in keep))

    def frame(self) -> pd.DataFrame:
        """One row per case, layer and stretch, ready for pandas."""
        n_cases, n_layers, n_spans = self.values.shape
        cases = pd.DataFrame(list(self.labels)).loc[lambda f: f.index.repeat(n_layers * n_spans)]
        return cases.reset_index(drop=True).assign(
            layer=[layer for layer in range(n_layers) for _ in self.spans] * n_cases,
            span=list(self.spans) * (n_layers * n_cases),
            **{self.name: self.values.flatten().tolist()},
        )

    def table(self) -> pd.DataFrame:
        """The means: a row for each layer, a column for each stretch."""
        layers = pd.Index(range(self.values.shape[1]), name="layer")
        return pd.DataFrame(self.mean.tolist(), index=layers, columns=list(self.spans))

    def __repr__(self) -> str:
        return "\n".join([self.table().to_string(float_format="{:.3f}".format), "", *self._notes()])

    def _repr_html_(self) -> str:
        remarks = "".join(f"<div>{escape(note)}</div>" for note in self._notes())
        shown = self.table().to_html(float_format="{:.3f}".format)
        return f"<div>{shown}<small>{remarks}</small></div>"

    def _notes(self) -> list[str]:
        """What a reader must know before believing the numbers."""
        measured = int((~self.values.isnan().all(dim=(1, 2))).sum())
        said = [f"{self.name}: mean over the {measured} of {len(self.labels)} cases measured"]
        model, cost = self.provenance.get("model", {}), self.provenance.get("cost")
        if {"name", "class", "dtype"} <= set(model):
            how = self.provenance.get("scorer")
            said.append(f"{model['name']} ({model['class']}, {model['dtype']}), {how}")
        if cost:
            said.append(f"cost: {cost['forward']} texts read, {cost['backward']} of them back")
        return said
