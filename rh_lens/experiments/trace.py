"""How did some heads copy the needle?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.components import components
from rh_lens.experiments.copy_trace import CopyTrace
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.feeding import Feeding, feeding
from rh_lens.experiments.gathered import VERSIONS
from rh_lens.experiments.packed_trace import pack, unpack
from rh_lens.experiments.writing import Writing, writing
from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy
from rh_lens.model.reread import Reread, reread

UNWRITTEN = (
    "What was written is NaN: the parts of this model do not add up to the logits, as where a norm "
    "follows each part, where logits are capped, or in low precision (load with "
    "dtype=torch.float32)."
)
UNFED = (
    "What fed {heads} is NaN where the parts of this model do not add up to the score: where "
    "queries and keys have a norm of their own, where scores are capped or shifted by distance, "
    "where a row cannot see the needle, or in low precision (load with dtype=torch.float32)."
)


def trace(
    model: Model,
    case: Case,
    heads: Sequence[Head],
    *,
    answering: Answering = Greedy(),
    margin: int = 4,
    journal: Journal | None = None,
) -> CopyTrace:
    """Watch some heads copy a needle: where they look, what they write, and what sent them there.

    The model answers; then the needle and the reply are read once more, and each step is taken
    apart. Exact, and checked to be so: the logit of each token said as a sum over all parts of the
    model, the scale of the last norm held (direct logit attribution; Elhage et al. 2021); and the
    score before the softmax that a head gives the needle token it looks at hardest as a sum over
    what each earlier part put there (K-composition), and over what each put where it looks from
    (Q-composition), the scale of the layer's norm held, and of key and query the other one. Held
    scales are no explanation of themselves: a part that only makes a stream longer or shorter gets
    no share. What an MLP or a head gives is its own, whoever fed it.

    A reply that is wrong is traced as well. Attention needs memory for needle and reply times the
    prompt, for the layers of `heads`.

    Args:
        heads: Such as `scores.top(3)`.
        answering: How the model comes to its answer: `Greedy()` in its own words, `TeacherForced()`
            with the right ones.
        margin: How many positions to show before and after the needle.
        journal: Remembers the finished trace.
    """
    if not case.needle:
        raise ValueError("the case has no needle to copy: trace one whose prompt holds the answer")
    if margin < 0:
        raise ValueError(f"margin is {margin}: it is a number of positions, 0 or more")
    heads = tuple(dict.fromkeys(Head(*head) for head in heads))
    check_heads(model, by_layer(heads))
    check_lengths(model, [case])
    who = identity(model)
    journal = journal or Journal()
    journal.about(who)
    work = partial(_measure, model, case, heads, answering, margin)
    key = (VERSIONS["rh_lens"], "trace", answering, heads, margin, case.digest)
    return unpack(
        journal.recall(work, *key),
        labels={**case.labels, "digest": case.digest},
        provenance={
            "model": who,
            "experiment": f"trace(margin={margin})",
            "answering": repr(answering),
            "seed": None,  # nothing here is drawn
            "versions": VERSIONS,
        },
    )


def _measure(
    model: Model, case: Case, heads: tuple[Head, ...], answering: Answering, margin: int
) -> dict[str, Any]:
    """The trace, without what is known before it."""
    reply = answering(model, case)
    seen = reread(model, reply, list(by_layer(heads)))
    read = torch.cat([case.tokens, reply.tokens.to(case.tokens)])
    window = range(max(0, case.needle.start - margin), min(len(case), case.needle.stop + margin))
    looks = [seen.attending[head.layer].patterns[-1][0, head.index] for head in heads]
    pattern = torch.stack(looks).float().cpu()  # head step key
    top = pattern.argmax(dim=-1)
    there = case.needle.start + pattern[..., list(case.needle)].argmax(dim=-1)
    wrote = writing(model, seen, reply.tokens)
    fed = [feeding(model, seen, *look) for look in zip(heads, there.tolist(), strict=True)]
    offers = torch.stack([_offers(model, seen, head, wrote, window) for head in heads])
    attention = pattern[..., list(window)]
    traced = CopyTrace(
        heads=heads,
        said=_texts(model, reply.tokens),
        window=window,
        seen=_texts(model, case.tokens[list(window)]),
        needle=case.needle,
        found=reply.found,
        attention=attention,
        top=top,
        repeats=read[top] == reply.tokens.to(read),
        writes=attention * offers.cpu(),
        logit=wrote.logit.cpu(),
        logit_parts=wrote.parts.cpu(),
        scores=torch.stack([each.score for each in fed]).cpu(),
        by_key=torch.stack([each.by_key for each in fed]).cpu(),
        by_query=torch.stack([each.by_query for each in fed]).cpu(),
        parts=(*map(str, components(model)), "biases"),
        remarks=_remarks(heads, wrote, fed),
    )
    return pack(traced)


def _offers(
    model: Model, seen: Reread, head: Head, wrote: Writing, window: range
) -> Float[Tensor, "step pos"]:
    """What each position of the window would add to the logit of the token said at each step, if it
    had the whole attention of a head."""
    values, output = seen.values[head.layer], model.blocks[head.layer].attn.W_O.detach()
    group = head.index * values.shape[1] // len(output)
    given = values[list(window), group] @ output[head.index].float()  # pos d_model
    return wrote.directions @ given.T


def _texts(model: Model, tokens: Int[Tensor, " some"]) -> tuple[str, ...]:
    """Each token as text by itself, or its id where there is no tokenizer."""
    if model.tokenizer is None:
        return tuple(map(str, tokens.tolist()))
    return tuple(model.tokenizer.decode([token]) for token in tokens.tolist())


def _remarks(heads: Sequence[Head], wrote: Writing, fed: Sequence[Feeding]) -> tuple[str, ...]:
    """What could not be measured, and why."""
    unfed = [
        str(head)
        for head, (_, *shares) in zip(heads, fed, strict=True)
        if any(bool(share.isnan().any()) for share in shares)
    ]
    remarks = [UNWRITTEN] if wrote.parts.isnan().any() else []
    return (*remarks, *([UNFED.format(heads=", ".join(unfed))] if unfed else []))
