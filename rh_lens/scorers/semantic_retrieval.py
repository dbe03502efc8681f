"""SemanticRetrievalScore: the attention to the whole needle while a token of it is said."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class SemanticRetrievalScore(Scorer):
    """The attention to the whole needle, averaged over the steps that say one of its tokens.

    Wu et al.'s condition on what is said, with the needle's mass in place of the hardest look
    (CompressKV, arXiv:2508.02401). The authors' code adds the mass once for every needle position
    that holds the token, and does not divide by the number of steps, so its scores grow with the
    needle and with repeated tokens. Between 0 and 1 here; NaN if no token of the needle was said.
    """

    name: ClassVar[str] = "semantic retrieval score"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        needle = reply.case.needle
        said_it = torch.isin(reply.tokens, reply.case.tokens[needle.start : needle.stop])  # step
        steps = said_it.nonzero().flatten().to(pattern.device)
        return mass(pattern, [needle])[:, steps].mean(dim=-1)
