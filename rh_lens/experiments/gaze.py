"""Gaze: where chosen heads looked while a model spoke."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.model.hooks import Model
from rh_lens.model.replay import Sight, replay
from rh_lens.model.reply import Reply
from rh_lens.scorers.scorer import saying

REGIONS = ("needle", "sink", "other text", "question", "reply")


@dataclass(frozen=True)
class Gaze:
    """Where heads looked at the steps of a reply: five shares that sum to 1, in two measures.

    "needle": the needle, and the fact around it where the case names one. "sink": the first token.
    "other text": the rest of the span "haystack". "question": the rest of the prompt. "reply": what
    had been said so far.

    Attributes:
        looks: The share of looks, one per head and step, whose hardest is there.
        mass: The mean attention mass there.
    """

    looks: Mapping[str, float]
    mass: Mapping[str, float]


def gaze(model: Model, reply: Reply, heads: Sequence[Head]) -> Gaze:
    """Where `heads` looked at every step of a reply."""
    layers = by_layer(heads)
    check_heads(model, layers)
    region = regions(reply.case, len(reply.case) + len(reply.tokens))
    seen: list[Float[Tensor, "look pos"]] = []

    def watch(sight: Sight) -> None:
        if sight.layer in layers:
            looks = sight.pattern[layers[sight.layer]].flatten(0, 1)
            seen.append(looks.float().cpu())

    replay(model, reply, saying(reply), watch)
    looks = torch.cat(seen)  # look pos, a look being a head at a step
    hardest = region[looks.argmax(dim=-1)]
    own = region[: looks.shape[1]]
    return Gaze(
        looks={name: float((hardest == i).float().mean()) for i, name in enumerate(REGIONS)},
        mass={name: float(looks[:, own == i].sum() / len(looks)) for i, name in enumerate(REGIONS)},
    )


def regions(case: Case, length: int) -> Int[Tensor, " pos"]:
    """Which of `REGIONS`, by number, each position of prompt and reply belongs to."""
    needle, sink, other, question, said = range(len(REGIONS))
    region = torch.full((length,), said)
    region[: len(case)] = question
    (text,) = case.span("haystack")
    region[text.start : text.stop] = other
    for stretch in (case.needle, *case.spans.get("fact", ())):
        region[stretch.start : stretch.stop] = needle
    region[0] = sink
    return region
