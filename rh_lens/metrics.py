"""Metrics: how well a model answers a case, as a number. Higher is better."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.context import empty
from rh_lens.model.hooks import Model
from rh_lens.model.reply import Greedy

Metric = Callable[[Model, Case], float]


def answer_logits(model: Model, case: Case) -> Float[Tensor, "answer vocab"]:
    """The logits of each token of the right answer, the ones before it given.

    One forward pass over prompt and answer, so that a patch of the whole prompt applies. Its memory
    grows with the square of the prompt's length.
    """
    if not len(case) or not len(case.answer):
        raise ValueError(
            f"the case has {len(case)} tokens and an answer of {len(case.answer)}: "
            "give it a prompt and a right answer"
        )
    told = torch.cat([case.tokens, case.answer[:-1].to(case.tokens)])
    return empty(model).say(told)[len(case) - 1 :].float()


def answer_logprob(model: Model, case: Case) -> float:
    """How likely the model finds the right answer: the mean log-probability of its tokens.

    1/n sum_i log p(answer_i | prompt, answer_<i), in nats.
    """
    logprobs = answer_logits(model, case).log_softmax(dim=-1)  # answer vocab
    return logprobs.gather(1, case.answer[:, None].to(logprobs.device)).mean().item()


def logit_difference(model: Model, case: Case) -> float:
    """How much rather the model begins the right answer than its rival, in logits.

    logit(answer_0) - logit(rival_0) at the last position of the prompt (Wang et al. 2022,
    arXiv:2211.00593).
    """
    if case.rival is None or not len(case.rival):
        raise ValueError("logit_difference needs a case with a rival answer: pass `rival` to Case")
    logits = answer_logits(model, case)[0]
    right, wrong = int(case.answer[0]), int(case.rival[0])
    if right == wrong:
        raise ValueError(
            f"the answer and its rival both begin with token {right}, so there is no difference "
            "between them: give a rival that begins otherwise"
        )
    return (logits[right] - logits[wrong]).item()


def accuracy(model: Model, case: Case) -> float:
    """1 if the model, answering in its own words, says the right answer; else 0."""
    return float(Greedy()(model, case).found)
