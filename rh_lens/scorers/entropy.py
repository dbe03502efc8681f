"""AttentionEntropy: how widely a head spreads its attention."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Scorer, saying


@dataclass(frozen=True)
class AttentionEntropy(Scorer):
    """How widely a head spreads its attention while the model answers.

    The entropy of each row over the logarithm of the number of keys that the row can see, averaged
    over steps: 0 for a head that looks at one token, 1 for a uniform one.
    """

    name: ClassVar[str] = "attention entropy"

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        visible = torch.tensor(saying(reply), device=pattern.device) + 1.0
        entropy = torch.special.entr(pattern).sum(dim=-1)  # head step
        return (entropy / visible.log()).mean(dim=-1)
