"""How likely each token of the right answer is, before and after a change."""

from rh_lens.experiments.answer_logprobs import AnswerLogprobs
from rh_lens.plots.html import table
from rh_lens.plots.tokens.view import Drawing, Picture, TokenView
from rh_lens.plots.tokens.words import decimals, rounded, shown

TOKENS = 512


def logprobs(told: AnswerLogprobs) -> TokenView:
    """Colour the tokens of the right answer by their log-probability, once for each change.

    Full red is certain, white is a log-probability of -5 or less. Hover over a token for what the
    model would rather say. Of more than 512 tokens it keeps the first, and says so.
    """
    count = min(TOKENS, len(told.told) - 1)
    tokens = [shown(token) for token in told.told[: count + 1]]
    drawings = tuple(
        Drawing(
            "TokenLogProbs",
            {
                "prompt": tokens,
                "correctTokenLogProb": rounded(told.logprobs[c, :count].tolist()),
                "correctTokenRank": told.ranks[c, :count].tolist(),
                "topKTokens": [[shown(guess) for guess in own] for own in told.guesses[c][:count]],
                "topKLogProbs": [rounded(own) for own in told.guess_logprobs[c, :count].tolist()],
            },
            heading=f"{change}: {decimals(told.logprobs[c, :count].mean().item())} a token",
        )
        for c, change in enumerate(told.changes)
    )
    rows = [
        (
            token,
            *map(decimals, told.logprobs[:, t].tolist()),
            *(f"“{shown(told.guesses[c][t][0])}”" for c in range(len(told.changes))),
        )
        for t, token in enumerate(tokens[1:])
    ]
    columns = ["token", *told.changes, *(f"likeliest, {change}" for change in told.changes)]
    picture = Picture(
        title="How likely the model finds each token of the right answer",
        notes=(
            "Log-probabilities in nats, the tokens before given: full red is certain, white is -5 "
            "or less. Hover over a token for what the model finds likeliest there.",
        ),
        cropped=()
        if count == len(told.told) - 1
        else (f"Shown are the first {count} of {len(told.told) - 1} tokens.",),
        drawings=drawings,
        tables=table("log-probability, and the likeliest token", columns, rows),
        unfolded=True,
    )
    return TokenView((picture,))
