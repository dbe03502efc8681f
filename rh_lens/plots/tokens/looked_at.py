"""Where one head looked while one token was said, over the whole prompt."""

from rh_lens.experiments.answer_attention import AnswerAttention
from rh_lens.heads import Head
from rh_lens.plots.html import table
from rh_lens.plots.tokens.crop import around, joined, stretches, told
from rh_lens.plots.tokens.view import Drawing, Picture, TokenView
from rh_lens.plots.tokens.words import check_step, place_of, rounded, shown

TOKENS = 8192  # takes a browser 8 seconds
LISTED = 10


def looked_at(seen: AnswerAttention, head: Head | None = None, *, step: int = 0) -> TokenView:
    """Colour every token by how hard a head looked at it while one token of the answer was said.

    Of more than 8192 tokens it keeps the stretches that matter, and says so.

    Args:
        head: One of those watched. None: the first.
        step: Which token of the answer is being said, from 0.
    """
    head = seen.heads[0] if head is None else Head(*head)
    if head not in seen.heads:
        raise ValueError(f"{head} was not watched, only {', '.join(map(str, seen.heads))}")
    check_step(seen, step)
    shares = seen.attention[seen.heads.index(head), step, : seen.steps.start + step]
    kept = stretches(len(shares), TOKENS, around(seen, shares))
    tokens, values = [], []
    for piece in joined(kept, len(shares)):
        if isinstance(piece, int):
            tokens.append(f" ⋯ {piece:,} tokens ⋯ ")
            values.append(0.0)
        else:
            tokens += [shown(seen.read[place], line_break="↵\n") for place in piece]
            values += rounded(shares[piece.start : piece.stop].tolist())
    hardest = int(shares.argmax())
    notes = (
        f"It looks hardest at {place_of(seen, hardest)}, with {shares[hardest]:.0%} of its "
        "attention, the deepest colour. Hover over a token for its share.",
    )
    left_out = 1 - sum(float(shares[each.start : each.stop].sum()) for each in kept)
    top = shares.topk(min(LISTED, len(shares)))
    rows = [
        (place, shown(seen.read[place]), f"{share:.3f}", place in seen.needle)
        for share, place in zip(top.values.tolist(), top.indices.tolist(), strict=True)
    ]
    picture = Picture(
        title=f"Where {head} looks while the model says “{shown(seen.said[step])}” "
        f"(token {step + 1} of {len(seen.said)} of the answer)",
        notes=notes,
        cropped=told(kept, len(shares), max(0.0, left_out)),
        drawings=(
            Drawing("ColoredTokens", {"tokens": tokens, "values": values, "maxValue": max(values)}),
        ),
        tables=table(
            "the positions looked at hardest",
            ["position", "token", "attention", "in the needle"],
            [
                (place, token, share, "yes" if there else "no")
                for place, token, share, there in rows
            ],
        ),
    )
    return TokenView((picture,))
