"""Blind heads: they attend to all that they may see alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.heads import Head, by_layer
from rh_lens.interventions.intervention import Intervention
from rh_lens.interventions.rewrite import check_heads
from rh_lens.model.hooks import Hook, Model, scores


@dataclass(frozen=True)
class UniformAttention(Intervention):
    """Makes query heads attend to every position they may see alike: they no longer choose.

    A[i, j] = 1 / visible(i) for visible j, at every position of prompt and answer. Wu et al. 2024
    (arXiv:2404.15574) do the same, by zeroing queries, but only while decoding. What a query may
    not see (the future, or what lies behind a sliding window) stays unseen.
    """

    heads: Sequence[Head]

    def hooks(self, model: Model) -> list[Hook]:
        layers = by_layer(self.heads)
        check_heads(model, layers)

        def hook(layer: int, indices: list[int]) -> Hook:
            def act(
                before: Float[Tensor, "batch head query pos"],
            ) -> Float[Tensor, "batch head query pos"]:
                own = before[:, indices]
                unseen = own < torch.finfo(own.dtype).min / 2  # masks add minus infinity, or nearly
                level = before.clone()
                level[:, indices] = own.masked_fill(~unseen, 0.0)
                return level

            return scores(layer), act

        return [hook(layer, indices) for layer, indices in layers.items()]
