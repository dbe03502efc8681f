"""How sure a mean over cases is, when the cases come in clusters.

Cases that share a needle resemble each other, and needles carry most of the variance, so a draw
takes whole needles: as many as there are, with replacement, each with all its cases.
"""

from collections.abc import Hashable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def cluster_means(
    values: Float[Tensor, " case *head"], clusters: Sequence[Hashable], *, draws: int, seed: int
) -> Float[Tensor, " draw *head"]:
    """The mean over cases in each of `draws` bootstrap samples of clusters.

    A value that is NaN in a case is left out of the mean of its head.
    """
    if not clusters:
        raise ValueError("a bootstrap needs cases, got none: select some that were scored")
    names = {cluster: i for i, cluster in enumerate(dict.fromkeys(clusters))}
    member = torch.tensor([names[cluster] for cluster in clusters])
    flat = values.reshape(len(values), -1).double()
    zeros = torch.zeros(len(names), flat.shape[1], dtype=torch.float64)
    totals = zeros.index_add(0, member, flat.nan_to_num())  # cluster head
    counts = zeros.index_add(0, member, flat.isfinite().double())
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(names), (draws, len(names)), generator=generator)
    times = torch.zeros(drawn.shape, dtype=torch.float64)
    weights = times.scatter_add(1, drawn, torch.ones_like(times))  # draw cluster
    means = (weights @ totals) / (weights @ counts)
    return means.float().reshape(draws, *values.shape[1:])
