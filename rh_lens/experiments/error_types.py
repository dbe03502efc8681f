"""In what way did the model fail?"""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.gaze import REGIONS, gaze, regions
from rh_lens.experiments.outcomes import ErrorTypes, Outcome, Type
from rh_lens.experiments.progress import watched
from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy, Reply


def error_types(
    model: Model,
    cases: Sequence[Case],
    heads: Sequence[Head],
    *,
    change: Intervention | None = None,
    answering: Answering = Greedy(),
    part: float = 1 / 3,
    quote: float = 0.5,
) -> ErrorTypes:
    """In what way a model fails a case: what it said, and where its retrieval heads then looked.

    The three errors of Wu et al. 2024 (Fig. 9), who sorted by eye, defined here so that each case
    has one type, the first that applies:

    - "answered": the reply passes the gate of `answering`.
    - "incomplete retrieval": a run of at least `part` of the answer's tokens is in the reply.
    - "wrong extraction": a run of the reply's tokens, at least `quote` times as long as the answer,
      stands in the other text, and the heads looked hardest there more often than at the sink.
    - "hallucination": all else: words that stand nowhere, or that these heads did not fetch.

    The other text is the span "haystack" without needle and fact, the sink the first token.

    Args:
        heads: The heads to watch, such as `scores.top(10)`.
        change: What is done to the model meanwhile, such as
            `UniformAttention(scores.top(10), scope="decoding")`.
    """
    if not cases:
        raise ValueError("got no cases to sort: give at least one")
    if not (0 < part <= 1 and quote > 0):
        raise ValueError(
            f"got part={part} and quote={quote}: give shares of the answer, above 0; part at most 1"
        )
    name = identity(model)["name"]
    check_lengths(model, cases)
    outcomes = []
    for case in watched(cases, f"sorting the errors of {name}"):
        with nullcontext() if change is None else change.on(model, case):
            reply = answering(model, case)
            looked = gaze(model, reply, heads)
        recall, held, quoted = _content(reply)
        found: Type
        if reply.found:
            found = "answered"
        elif held >= part:
            found = "incomplete retrieval"
        elif quoted >= quote and looked.looks["other text"] > looked.looks["sink"]:
            found = "wrong extraction"
        else:
            found = "hallucination"
        said = reply.text(model.tokenizer)
        outcomes.append(Outcome(found, said, recall, held, quoted, looked, case.labels))
    changed = "" if change is None else f", under {change!r}"
    how = f"part={part:.3g}, quote={quote:.3g}, {answering!r}, {name}{changed}"
    return ErrorTypes(tuple(outcomes), tuple(sorted(set(heads))), how)


def _content(reply: Reply) -> tuple[float, float, float]:
    """Recall, held and quoted of a reply."""
    case, said = reply.case, reply.tokens.cpu()
    answer, length = case.answer.cpu(), len(case.answer)
    both = Counter(answer.tolist()) & Counter(said.tolist())
    other = regions(case, len(case)) == REGIONS.index("other text")
    text = case.tokens.cpu().masked_fill(~other, -1)  # no token: a run ends there
    return (
        both.total() / length,
        longest_run(said, answer) / length,
        longest_run(said, text) / length,
    )


def longest_run(said: Int[Tensor, " step"], text: Int[Tensor, " pos"]) -> int:
    """How many tokens in a row of `said` stand in `text` in the same order, at most."""
    runs = torch.zeros(len(text) + 1, dtype=torch.long)  # that end before each position
    longest = 0
    for token in said:
        runs[1:] = torch.where(text == token, runs[:-1] + 1, 0)
        longest = max(longest, int(runs.max()))
    return longest
