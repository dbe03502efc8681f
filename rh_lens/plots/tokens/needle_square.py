"""Attention among the needle and the answer alone, head by head."""

from rh_lens.experiments.answer_attention import AnswerAttention
from rh_lens.plots.html import table
from rh_lens.plots.tokens.view import Drawing, Picture, TokenView
from rh_lens.plots.tokens.words import counted, rounded, shown

PLACES, HEADS = 64, 8  # take a browser 6 seconds


def needle_square(seen: AnswerAttention) -> TokenView:
    """Draw each head's attention from and to the needle and the answer: copying is a diagonal.

    The rest of the prompt is left out: shares of a row need not sum to 1. Of more than 64 places it
    keeps the beginnings of needle and answer, and of more than 8 heads the first, and says so.
    """
    heads = seen.heads[:HEADS]
    rows = [i for i, place in enumerate(seen.places) if place >= seen.steps.start - 1]
    needle = [i for i in range(len(seen.places)) if i not in rows]
    most = max(PLACES // 2, PLACES - len(needle))
    rows = rows[:most]
    needle = needle[: PLACES - len(rows)]
    kept = needle + rows
    square = seen.between[: len(heads)][:, kept][:, :, kept]  # head place place
    places = [seen.places[i] for i in kept]
    cropped: tuple[str, ...] = ()
    if len(kept) < len(seen.places):
        cropped += (
            f"Shown are {len(kept)} of {len(seen.places)} places: the first {len(needle)} of the "
            f"needle and the first {len(rows)} rows of the answer.",
        )
    if len(seen.heads) > len(heads):
        cropped += (f"Shown are the first {len(heads)} of {len(seen.heads)} heads.",)
    hardest = square[:, len(needle) :].max(dim=-1)
    following = [shown(seen.read[place + 1]) for place in places[len(needle) :]]
    listed = [
        (
            f"{head} says “{said}”",
            f"“{shown(seen.read[places[at]])}” at {places[at]}",
            f"{share:.3f}",
        )
        for head, shares, ats in zip(
            heads, hardest.values.tolist(), hardest.indices.tolist(), strict=True
        )
        for said, share, at in zip(following, shares, ats, strict=True)
    ]
    picture = Picture(
        title=f"Attention of {counted(len(heads), 'head')} among the needle and the answer",
        notes=(
            f"A row is where a token looks from, a column what it looks at. The first "
            f"{len(needle)} are the needle; the last {len(rows)} said the answer, each the token "
            "after its own: the prompt's last token says the first. What they give to the rest of "
            "the prompt is left out. Numbers in brackets count the places. Hover over a head for a "
            "large picture, click to hold it.",
        ),
        cropped=cropped,
        drawings=(
            Drawing(
                "AttentionHeads",
                {
                    "attention": [[rounded(row) for row in head] for head in square.tolist()],
                    "attentionHeadNames": [str(head) for head in heads],
                    "tokens": [shown(seen.read[place]).replace(" ", "␣") for place in places],
                    "maxValue": 1.0,
                    "minValue": -1.0,
                    "maskUpperTri": True,
                },
            ),
        ),
        tables=table(
            "where each head looks hardest among these",
            ["while", "looks at", "attention"],
            listed,
        ),
    )
    return TokenView((picture,))
