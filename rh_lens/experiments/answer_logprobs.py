"""AnswerLogprobs: how likely each token of the right answer is, before and after a change."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.detect import check_lengths
from rh_lens.interventions.intervention import Intervention
from rh_lens.metrics import told_answer
from rh_lens.model.context import Context
from rh_lens.model.hooks import Model
from rh_lens.model.identity import check
from rh_lens.model.reply import prefill
from rh_lens.model.texts import texts

AS_IT_IS = "as it is"


@dataclass(frozen=True, eq=False, repr=False)
class AnswerLogprobs:
    """How likely a model found each token of the right answer, as it is and changed.

    Attributes:
        changes: What was done to the model, the first nothing.
        told: The prompt's last token and the tokens of the right answer, as text.
        logprobs: log p(token | prompt, the tokens before it), in nats.
        ranks: How many tokens the model found likelier.
        guesses: The likeliest tokens in place of each, as text, likeliest first.
        guess_logprobs: Their log-probabilities.
    """

    changes: tuple[str, ...]
    told: tuple[str, ...]
    logprobs: Float[Tensor, "change token"]
    ranks: Int[Tensor, "change token"]
    guesses: tuple[tuple[tuple[str, ...], ...], ...]
    guess_logprobs: Float[Tensor, "change token guess"]

    def frame(self) -> pd.DataFrame:
        """One row per change and token."""
        return pd.DataFrame(
            {
                "change": change,
                "token": token,
                "logprob": self.logprobs[c, t].item(),
                "rank": int(self.ranks[c, t]),
                "likeliest": self.guesses[c][t][0],
            }
            for c, change in enumerate(self.changes)
            for t, token in enumerate(self.told[1:])
        )

    def __repr__(self) -> str:
        return self.frame().to_string(index=False, float_format="{:.2f}".format)


@torch.no_grad()
def answer_logprobs(
    model: Model, case: Case, changes: Mapping[str, Intervention], *, guesses: int = 5
) -> AnswerLogprobs:
    """See what a change does to each token of the right answer: how likely the model finds it, the
    ones before it given, and what it would rather say.

    Args:
        changes: What to do to the model, by what to call it:
            `{"without L3H0": rh.ZeroOutput([rh.Head(3, 0)])}`. As it is, it is asked first.
        guesses: How many of the likeliest tokens to keep in place of each.
    """
    check(model)
    if AS_IT_IS in changes or not changes:
        raise ValueError(
            f"got the changes {list(changes)}: name at least one, and none {AS_IT_IS!r}, which is "
            "asked anyway"
        )
    if guesses < 1:
        raise ValueError(f"guesses is {guesses}: keep at least 1")
    check_lengths(model, [case])
    shared = prefill(model, case)
    heard = [_logprobs(case, shared)]
    for change in changes.values():
        kept = shared if change.spares_prompt(case) else None
        with change.on(model, case):
            heard.append(_logprobs(case, kept or prefill(model, case)))
    logprobs = torch.stack(heard)  # change token vocab
    right = case.answer.cpu().expand(len(heard), -1)[..., None]  # change token 1
    own = logprobs.gather(2, right)
    best = logprobs.topk(min(guesses, logprobs.shape[-1]), dim=-1)
    told = torch.cat([case.tokens[-1:].cpu(), case.answer.cpu()])
    return AnswerLogprobs(
        changes=(AS_IT_IS, *changes),
        told=tuple(texts(model.tokenizer, told)),
        logprobs=own[..., 0],
        ranks=(logprobs > own).sum(dim=-1),
        guesses=tuple(_texts(model, told, each) for each in best.indices),
        guess_logprobs=best.values,
    )


def _logprobs(case: Case, context: Context) -> Float[Tensor, "token vocab"]:
    told, rows = told_answer(case)
    logits = context.say(told[rows.start :])
    context.rewind(len(case) - 1)
    return logits.float().log_softmax(dim=-1).cpu()


def _texts(
    model: Model, told: Int[Tensor, " pos"], guesses: Int[Tensor, "token guess"]
) -> tuple[tuple[str, ...], ...]:
    """Each guess as the text that it adds after the token before it."""
    return tuple(
        tuple(texts(model.tokenizer, torch.stack([before, guess]))[1] for guess in own)
        for before, own in zip(told, guesses, strict=False)
    )
