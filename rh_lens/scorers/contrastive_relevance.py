"""ContrastiveRelevanceScore: whether the question prefers the right document to the others."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.mass import mass
from rh_lens.scorers.scorer import Scorer


@dataclass(frozen=True)
class ContrastiveRelevanceScore(Scorer):
    """How clearly the question attends to the gold document rather than to any other (CoRe).

    With s_d the attention from the question to document d (mean over the question's tokens, sum
    over the document's), the softmax of s / temperature over all documents, at gold (Tran et
    al. 2025, arXiv:2510.02219). Their temperature is 0.001 or 0.1, by model; the released code also
    takes one token after the question. A perfect head scores 1 as the temperature falls, a sink
    head 1 / (1 + distractors): there lies "no preference". Needs the spans "question", "gold" and
    "distractors".
    """

    temperature: float = 0.1
    name: ClassVar[str] = "contrastive relevance"

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"temperature is {self.temperature}: it must be above 0")

    def rows(self, reply: Reply) -> range:
        (question,) = reply.case.span("question")
        return question

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        documents = [*reply.case.span("gold"), *reply.case.span("distractors")]
        attended = torch.stack([mass(pattern, [document]).mean(dim=-1) for document in documents])
        return (attended / self.temperature).softmax(dim=0)[0]  # document head
