"""Scores that need no case, because they are read off the weights."""

from jaxtyping import Float
from torch import Tensor

from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.scores.head_scores import HeadScores


def from_weights(
    model: Model, name: str, values: Float[Tensor, "layer head"], how: str, seed: int | None = None
) -> HeadScores:
    """Head scores with one case, the model itself."""
    provenance = {"model": identity(model), "scorer": how, "answering": None, "seed": seed}
    return HeadScores(name, values[None].cpu(), ({"found": True},), provenance)
