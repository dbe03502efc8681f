"""Silence heads: what they gather becomes zero."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.interventions.rewrite import rewrite
from rh_lens.model.hooks import Hook, Model


@dataclass(frozen=True)
class ZeroOutput(Intervention):
    """Silences query heads: they write nothing, at any position, in prompt and answer.

    z = 0 for each of `heads` at every position, which is the same as zeroing the rows of W_O that
    belong to them, as released code for retrieval heads does (`z_zero`, everywhere). Wu et al. 2024
    (arXiv:2404.15574) instead make attention uniform while decoding, so their numbers differ.
    """

    heads: Sequence[Head]

    def hooks(self, model: Model) -> list[Hook]:
        return rewrite(model, self.heads, lambda layer, indices, z: torch.zeros_like(z))
