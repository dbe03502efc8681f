"""How sure a mean over pairs of cases is, when the cases come in clusters."""

from collections.abc import Hashable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def pair_means(
    values: Float[Tensor, " pair"],
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    *,
    draws: int,
    seed: int,
) -> Float[Tensor, " draw"]:
    """The mean over pairs in each of `draws` bootstrap samples of clusters.

    A pair of two clusters counts as often as both were drawn, one times the other; a pair within a
    cluster as often as that was drawn. NaN for a draw that holds no pair.

    Args:
        first: The cluster of one partner of each pair.
        second: That of the other.
    """
    names = {cluster: i for i, cluster in enumerate(dict.fromkeys([*first, *second]))}
    a, b = (torch.tensor([names[cluster] for cluster in side]) for side in (first, second))
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(names), (draws, len(names)), generator=generator)
    times = torch.nn.functional.one_hot(drawn, len(names)).sum(dim=1).double()  # draw cluster
    weights = times[:, a] * torch.where(a == b, 1.0, times[:, b])  # draw pair
    return (weights @ values.double() / weights.sum(dim=1)).float()
