"""LookbackRatio: whether a head reads the prompt or the reply."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer, saying


@dataclass(frozen=True)
class LookbackRatio(Scorer):
    """How much more a head attends to a token of the prompt than to one of the reply so far.

    At each step, c / (c + n), with c the mean attention to the prompt's tokens and n that to the
    tokens of the reply that the step can see, then the mean over steps (Lookback Lens, Chuang et
    al. 2024, arXiv:2407.07071). 1 for a head that reads the prompt alone (a sink head too), 0.5 for
    a uniform one, 0 for one that reads the reply alone. NaN for a reply of one token, whose only
    step sees none of it.
    """

    name: ClassVar[str] = "lookback ratio"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        prompt = len(reply.case)
        seen = torch.tensor(saying(reply), device=pattern.device) + 1 - prompt  # of the reply
        context = pattern[..., :prompt].mean(dim=-1)[:, 1:]
        own = pattern[..., prompt:].sum(dim=-1)[:, 1:] / seen[1:]
        return (context / (context + own)).mean(dim=-1)
