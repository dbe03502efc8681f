"""Replay a reply in one short forward pass, and watch the attention behind it."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.model.context import Context
from rh_lens.model.hooks import Hook, Model, hooked, pattern
from rh_lens.model.reply import Reply, prefill


class Sight(NamedTuple):
    """One layer at the moment it attends, on its own rows of prompt and reply."""

    model: Model
    context: Context
    layer: int
    pattern: Float[Tensor, "head row pos"]
    following: Int[Tensor, " said"]  # the token that comes after each row that has one

    def value_norms(self) -> Float[Tensor, "head pos"]:
        """The length of the value vector that each position gives to each head."""
        return self._by_head(self._values().norm(dim=-1).T)

    def writes(self) -> Float[Tensor, "head row pos"]:
        """What each position, if it had a head's whole attention, would add to the logit of the
        token that follows the row: v_j W_O u, with u that token's column of the unembedding, before
        the final norm. NaN for the last row of all, which nothing follows."""
        output = self.model.blocks[self.layer].attn.W_O.float()  # head d_head d_model
        towards = self.model.W_U.float()[:, self.following.to(self.model.W_U.device)]
        wanted = torch.einsum("hdm,mr->hrd", output, towards.to(output.device))
        values = self._by_head(self._values().transpose(0, 1))  # head pos d_head
        written = torch.einsum("hrd,hpd->hrp", wanted, values)
        unfollowed = self.pattern.shape[1] - len(self.following)
        return torch.nn.functional.pad(written, (0, 0, 0, unfollowed), value=torch.nan)

    def _values(self) -> Float[Tensor, "pos group d_head"]:
        return self.context.values(self.layer)[: self.pattern.shape[-1]].float()

    def _by_head(self, by_group: Float[Tensor, "group ..."]) -> Float[Tensor, "head ..."]:
        return by_group.repeat_interleave(self.pattern.shape[0] // by_group.shape[0], dim=0)


Watch = Callable[[Sight], None]


@torch.no_grad()
def replay(model: Model, reply: Reply, rows: range, watch: Watch) -> None:
    """Call `watch` for each layer, with the attention of the positions in `rows`.

    Row `i` of a pattern is where each head looked from position `rows[i]` of prompt and reply; the
    row of the prompt's last token is the one that said the reply's first. Patterns are float32.
    """
    case = reply.case
    said = torch.cat([case.tokens, reply.tokens.to(case.tokens)])
    if not 0 <= rows.start < rows.stop <= len(said):
        raise ValueError(f"rows {rows} lie outside the {len(said)} tokens of prompt and reply")
    context = reply.context or prefill(model, case)
    context.rewind(min(len(context), rows.start))
    context.read(said[len(context) : rows.start])
    following = said[rows.start + 1 : rows.stop + 1]

    def watching(layer: int) -> Hook:
        return pattern(layer), lambda seen: watch(
            Sight(model, context, layer, seen[0].float(), following)
        )

    with hooked(model, [watching(layer) for layer in range(model.cfg.n_layers)]):
        context.forward(said[rows.start : rows.stop], every=False)
    context.rewind(min(len(context), len(case) - 1))
    context.read(said[len(context) : len(case) - 1])
