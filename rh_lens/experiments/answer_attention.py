"""AnswerAttention: where some heads looked while a model answered, over the whole prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.model.hooks import Model
from rh_lens.model.replay import Sight, replay
from rh_lens.model.reply import Answering, Greedy, Reply
from rh_lens.model.texts import texts
from rh_lens.scorers.scorer import saying


@dataclass(frozen=True, eq=False, repr=False)
class AnswerAttention:
    """Where some heads looked while each token of a reply was said.

    A step is a token said, and a row the position that said it: the prompt's last token says the
    first.

    Attributes:
        heads: The heads watched.
        read: The tokens of prompt and reply, as text.
        steps: The positions of the reply among them.
        needle: The needle's positions among them.
        found: Whether the reply counts as right.
        attention: The share of its attention that each head gave to each position at each step.
        places: The needle's positions, and the rows.
        between: The same shares among those: from each place to each.
    """

    heads: tuple[Head, ...]
    read: tuple[str, ...]
    steps: range
    needle: range
    found: bool
    attention: Float[Tensor, "head step pos"]
    places: tuple[int, ...]
    between: Float[Tensor, "head place place"]

    @property
    def said(self) -> tuple[str, ...]:
        """The tokens said, as text."""
        return self.read[self.steps.start : self.steps.stop]

    @property
    def on_needle(self) -> Float[Tensor, "head step"]:
        """The share of its attention that each head gave to the needle."""
        return self.attention[..., self.needle.start : self.needle.stop].sum(dim=-1)

    def __repr__(self) -> str:
        lines = [
            f"{head}: {share:.0%} of its attention on the needle"
            for head, share in zip(self.heads, self.on_needle.mean(dim=1).tolist(), strict=True)
        ]
        return "\n".join([f"while {''.join(self.said)!r} was said", *lines])


def answer_attention(
    model: Model, case: Case, heads: Sequence[Head], *, answering: Answering = Greedy()
) -> AnswerAttention:
    """Watch where some heads look while the model answers, at every position of the prompt.

    The model answers; the rows that said the reply are read once more, and the needle's own rows.
    What `rh.plots.tokens` draws. Memory grows with heads times steps times the prompt.

    Args:
        heads: Such as `scores.top(8)`.
        answering: How the model comes to its answer: `Greedy()` in its own words, `TeacherForced()`
            with the right ones.
    """
    heads = tuple(dict.fromkeys(Head(*head) for head in heads))
    if not heads:
        raise ValueError("got no heads to watch: give at least one, such as scores.top(1)")
    check_heads(model, by_layer(heads))
    check_lengths(model, [case])
    reply = answering(model, case)
    rows = saying(reply)
    attention = _patterns(model, reply, rows, heads)  # head step pos
    at = {place: attention[:, place - rows.start] for place in rows}
    if case.needle:
        of_needle = _patterns(model, reply, case.needle, heads)  # head row pos
        blank = (0, attention.shape[-1] - of_needle.shape[-1])
        padded = torch.nn.functional.pad(of_needle, blank)
        at = {place: padded[:, place - case.needle.start] for place in case.needle} | at
    places = sorted(at)
    read = torch.cat([case.tokens.cpu(), reply.tokens.cpu()])
    return AnswerAttention(
        heads=heads,
        read=tuple(texts(model.tokenizer, read)),
        steps=range(len(case), len(read)),
        needle=case.needle,
        found=reply.found,
        attention=attention,
        places=tuple(places),
        between=torch.stack([at[place][:, places] for place in places], dim=1),
    )


def _patterns(
    model: Model, reply: Reply, rows: range, heads: Sequence[Head]
) -> Float[Tensor, "head row pos"]:
    """Where each head looked from some positions."""
    layers = by_layer(heads)
    seen: dict[Head, Float[Tensor, "row pos"]] = {}

    def watch(sight: Sight) -> None:
        for index in layers.get(sight.layer, ()):
            seen[Head(sight.layer, index)] = sight.pattern[index].cpu()

    replay(model, reply, rows, watch)
    return torch.stack([seen[head] for head in heads])
