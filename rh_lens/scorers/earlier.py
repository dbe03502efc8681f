"""Earlier: where the token of each row occurred before."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import saying


def standing(reply: Reply) -> range:
    """The positions at which the reply's tokens stand, one after those that said them."""
    said = saying(reply)
    return range(said.start + 1, said.stop + 1)


def occurrences(reply: Reply) -> Bool[Tensor, "step pos"]:
    """Per token of the reply and position of prompt and reply: the same token, earlier."""
    everything = torch.cat([reply.case.tokens, reply.tokens.to(reply.case.tokens)])
    rows = torch.tensor(standing(reply))
    same = everything[rows][:, None] == everything  # step pos
    return same & (torch.arange(len(everything)) < rows[:, None])


def mean_over_repeats(
    pattern: Float[Tensor, "head step pos"], targets: Bool[Tensor, "step pos"]
) -> Float[Tensor, " head"]:
    """The mass on the targets, averaged over the rows that have one; NaN if none has."""
    targets = targets[:, : pattern.shape[-1]]
    repeated = targets.any(dim=-1).nonzero().flatten()  # not a mask: a GPU waits for masks
    on_targets = pattern[:, repeated.to(pattern.device)] * targets[repeated].to(pattern.device)
    return on_targets.sum(dim=-1).mean(dim=-1)
