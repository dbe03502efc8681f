"""CopyTrace: how some heads copied a needle into a reply, token by token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rh_lens.cases.case import Labels
from rh_lens.heads import Head


@dataclass(frozen=True, eq=False, repr=False)
class CopyTrace:
    """Where some heads looked while each token of a reply was said, what they wrote, and why.

    A step is a token said. NaN is what could not be measured on this model; `remarks` tell why.

    Attributes:
        heads: The heads traced.
        said: The tokens said, as text.
        window: The positions of the prompt that are shown: the needle and what stands around it.
        seen: The tokens there, as text.
        needle: The needle's positions.
        found: Whether the reply counts as right.
        attention: How hard each head looked at each position of the window.
        top: The position that each head looked at hardest, anywhere in prompt and reply.
        repeats: Whether the token there is the one said.
        writes: What each position of the window added to the logit of the token said, through each
            head: attention times v W_O u, u that token's direction before the last norm, whose
            scale is held as it was.
        logit: The logit of each token said.
        logit_parts: What each part of the model added to it. They sum to the logit.
        scores: What each head gave, before the softmax, to the needle token that it looked at
            hardest (`looked_at`).
        by_key: What of that score comes from each part of the model by way of the key there, the
            query held. They sum to the score.
        by_query: The same by way of the query, the key held.
        parts: The parts of the model: "embeddings" (with positions, where those are added), heads,
            MLPs, and "biases", which is all that is the same in every text.
        labels: Those of the case, and its digest.
    """

    heads: tuple[Head, ...]
    said: tuple[str, ...]
    window: range
    seen: tuple[str, ...]
    needle: range
    found: bool
    attention: Float[Tensor, "head step pos"]
    top: Int[Tensor, "head step"]
    repeats: Bool[Tensor, "head step"]
    writes: Float[Tensor, "head step pos"]
    logit: Float[Tensor, " step"]
    logit_parts: Float[Tensor, "step part"]
    scores: Float[Tensor, "head step"]
    by_key: Float[Tensor, "head step part"]
    by_query: Float[Tensor, "head step part"]
    parts: tuple[str, ...]
    labels: Labels = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def looked_at(self) -> Int[Tensor, "head step"]:
        """The position in the needle that each head looked at hardest."""
        within = slice(self.needle.start - self.window.start, self.needle.stop - self.window.start)
        return self.needle.start + self.attention[..., within].argmax(dim=-1)

    @property
    def copied(self) -> Bool[Tensor, "head step"]:
        """Whether a head looked hardest at a needle token that is the one said."""
        return self.repeats & (self.top >= self.needle.start) & (self.top < self.needle.stop)

    @property
    def write(self) -> Float[Tensor, "head step"]:
        """What each head added to the logit of each token said, wherever it took it from."""
        return self.logit_parts[:, [self.parts.index(str(head)) for head in self.heads]].T

    def frame(self) -> pd.DataFrame:
        """One row per step and head.

        `token` is the needle token that the head looked at hardest, `at` its position, `attention`
        how hard, `written` what it added to the logit of the token said from there, `write` from
        everywhere. `key_from` is the part that did most for the key there, and `query_from` for the
        query, each followed by how much of the score it gave.
        """
        at = self.looked_at
        return pd.DataFrame(
            {
                "step": step,
                "said": said,
                "head": str(head),
                "token": self.seen[at[h, step] - self.window.start],
                "at": int(at[h, step]),
                "attention": self.attention[h, step, at[h, step] - self.window.start].item(),
                "top": int(self.top[h, step]),
                "copied": bool(self.copied[h, step]),
                "written": self.writes[h, step, at[h, step] - self.window.start].item(),
                "write": self.write[h, step].item(),
                "score": self.scores[h, step].item(),
                **self._strongest("key", self.by_key[h, step]),
                **self._strongest("query", self.by_query[h, step]),
            }
            for step, said in enumerate(self.said)
            for h, head in enumerate(self.heads)
        )

    def __repr__(self) -> str:
        model = self.provenance.get("model", {}).get("name", "a model")
        case = ", ".join(f"{name} {value!r}" for name, value in self.labels.items())
        return "\n".join(
            [
                f"{model} said {''.join(self.said)!r}, which is {'' if self.found else 'not '}the "
                f"needle at {self.needle.start} to {self.needle.stop - 1} ({case})",
                self.frame().to_string(
                    index=False,
                    float_format="{:.2f}".format,
                    formatters={"said": repr, "token": repr},
                ),
                *self.remarks,
            ]
        )

    def _strongest(self, way: str, shares: Float[Tensor, " part"]) -> dict[str, str | float | None]:
        """The part that gave most; the biases are no part of a text's making."""
        given, part = shares[:-1].max(dim=-1)
        known = not bool(given.isnan())
        return {
            f"{way}_from": self.parts[int(part)] if known else None,
            f"{way}_gives": given.item(),
        }
