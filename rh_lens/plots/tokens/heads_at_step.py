"""Where many heads looked while one token was said."""

import torch

from rh_lens.experiments.answer_attention import AnswerAttention
from rh_lens.plots.html import table
from rh_lens.plots.tokens.crop import around, joined, stretches, told
from rh_lens.plots.tokens.view import Drawing, Picture, TokenView
from rh_lens.plots.tokens.words import check_step, place_of, rounded, shown

TOKENS, HEADS = 2048, 32  # take a browser 4 seconds; of 100 heads the pop-up fills the screen


def heads_at_step(seen: AnswerAttention, *, step: int = 0) -> TokenView:
    """Flip through the heads watched: every token coloured by how hard each looked at it while one
    token of the answer was said.

    Hover over a head's name for its colours, click to hold them. Of more than 2048 tokens it keeps
    the stretches that matter, and of more than 32 heads the first, and says so.

    Args:
        step: Which token of the answer is being said, from 0.
    """
    check_step(seen, step)
    heads = seen.heads[:HEADS]
    shares = seen.attention[: len(heads), step, : seen.steps.start + step]  # head pos
    kept = stretches(shares.shape[1], TOKENS, around(seen, shares.mean(dim=0)))
    tokens, values = [], []
    for piece in joined(kept, shares.shape[1]):
        if isinstance(piece, int):
            tokens.append(f" ⋯ {piece:,} tokens ⋯ ")
            values.append([0.0] * len(heads))
        else:
            tokens += [shown(seen.read[place], line_break="↵\n") for place in piece]
            values += [rounded(row) for row in shares[:, piece.start : piece.stop].T.tolist()]
    most = float(shares.max())
    left_out = 1 - sum(shares[:, each.start : each.stop].sum(dim=1) for each in kept)
    cropped = told(kept, shares.shape[1], float(torch.as_tensor(left_out).mean().clamp(min=0)))
    if len(seen.heads) > len(heads):
        cropped += (f"Shown are the first {len(heads)} of {len(seen.heads)} heads.",)
    rows = [
        (str(head), place_of(seen, int(row.argmax())), f"{row.max():.3f}", f"{needle:.3f}")
        for head, row, needle in zip(
            heads, shares, seen.on_needle[: len(heads), step].tolist(), strict=True
        )
    ]
    look = "head looks" if len(heads) == 1 else "heads look"
    picture = Picture(
        title=f"Where {len(heads)} {look} while the model says “{shown(seen.said[step])}” "
        f"(token {step + 1} of {len(seen.said)} of the answer)",
        notes=(
            "Hover over a head's name for its colours, click to hold them; hover over a token for "
            "the share of every head. The deepest colour stands for the positive bound, here the "
            f"largest share of any head, {most:.2f}: lower it to see fainter looks.",
        ),
        cropped=cropped,
        drawings=(
            Drawing(
                "ColoredTokensMulti",
                {
                    "tokens": tokens,
                    "values": values,
                    "labels": [str(head) for head in heads],
                    "positiveBounds": [round(most, 4)] * len(heads),
                    "negativeBounds": [-1.0] * len(heads),
                },
            ),
        ),
        tables=table(
            "where each head looks hardest",
            ["head", "looks hardest at", "attention", "on the whole needle"],
            rows,
        ),
        unfolded=True,
    )
    return TokenView((picture,))
