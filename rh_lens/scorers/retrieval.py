"""RetrievalScore: the share of the needle that a head copies."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import Remarks, Scorer, saying

OPTIONS = {
    "counting": ("positions", "steps", "set"),
    "keys": ("all", "prompt", "haystack"),
    "pairing": ("next_step", "same_step"),
}


@dataclass(frozen=True)
class RetrievalScore(Scorer):
    """The share of the needle that a head copies (Wu et al. 2024, arXiv:2404.15574).

    A head copies a needle token when, while the model says that token, the head looks hardest at
    it. With y_t the token said at step t, j_t the position a head looks hardest at then, and N the
    needle's positions, the copies are {(t, p): p in N, x_p = y_t, |j_t - p| <= tolerance}.

    Args:
        counting: What is counted. "positions": the share of N copied at any step, at most 1.
            "steps": the number of steps that copy, over |N|; this is the released code, and exceeds
            1 when a needle is said twice. "set": the distinct tokens copied over the distinct
            tokens of the needle, the paper's Eq. 1.
        keys: Where the hardest look is sought. "all": every position so far, as the reference
            does. "prompt": not the reply, so a head that re-reads the reply can score.
            "haystack": only the document, so a head whose hardest look rests on BOS can score.
        pairing: Whose look counts for y_t. "next_step": the position that said it. "same_step": the
            position where it then stands, which turns the score into one of duplicate tokens.
        tolerance: How many positions a look may miss by. 0 is the paper's; 1 or 2 shows circuits
            that look beside the token they copy.

    Attention is compared in float32. Ties go to the lowest position; the remark "ties" counts the
    looks that were tied. A case without a needle scores NaN.
    """

    counting: Literal["positions", "steps", "set"] = "positions"
    keys: Literal["all", "prompt", "haystack"] = "all"
    pairing: Literal["next_step", "same_step"] = "next_step"
    tolerance: int = 0
    name: ClassVar[str] = "retrieval score"

    def __post_init__(self) -> None:
        for option, choices in OPTIONS.items():
            if getattr(self, option) not in choices:
                raise ValueError(
                    f"{option} is {getattr(self, option)!r}: it can be one of {choices}"
                )
        if self.tolerance < 0:
            raise ValueError(
                f"tolerance is {self.tolerance}: it is a number of positions, 0 or more"
            )

    def rows(self, reply: Reply) -> range:
        said = saying(reply)
        return said if self.pairing == "next_step" else range(said.start + 1, said.stop + 1)

    def score(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, " head"]:
        copies = self._copies(pattern, reply)  # head step needle
        length = copies.shape[-1]
        match self.counting:
            case "positions":
                return copies.any(dim=1).float().mean(dim=-1)
            case "steps":
                return copies.any(dim=2).float().sum(dim=-1) / (length or torch.nan)
            case "set":
                needle = _needle(reply).to(pattern.device)
                tokens = needle.unique()
                copied = copies.any(dim=1)[..., None] & (needle[:, None] == tokens)
                return copied.any(dim=1).float().mean(dim=-1)

    def remarks(self, pattern: Float[Tensor, "head step pos"], reply: Reply) -> Remarks:
        domain = self._domain(pattern, reply)
        tied = (domain == domain.amax(dim=-1, keepdim=True)).sum(dim=-1) > 1
        return {"ties": tied.sum()}

    def _copies(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Bool[Tensor, "head step needle"]:
        looked_at = self._domain(pattern, reply).argmax(dim=-1)  # head step
        needle = reply.case.needle
        positions = torch.arange(needle.start, needle.stop, device=pattern.device)
        there = (looked_at[..., None] - positions).abs() <= self.tolerance  # head step needle
        said_it = reply.tokens.to(pattern.device)[:, None] == _needle(reply).to(pattern.device)
        return there & said_it

    def _domain(
        self, pattern: Float[Tensor, "head step pos"], reply: Reply
    ) -> Float[Tensor, "head step pos"]:
        if self.keys == "all":
            return pattern
        (within,) = (
            (range(len(reply.case)),) if self.keys == "prompt" else reply.case.span("haystack")
        )
        domain = torch.full_like(pattern, -torch.inf)
        domain[..., within.start : within.stop] = pattern[..., within.start : within.stop]
        return domain


def _needle(reply: Reply) -> Int[Tensor, " needle"]:
    return reply.case.tokens[reply.case.needle.start : reply.case.needle.stop]
