"""Metrics: how well a model answers a case, as a number. Higher is better."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.forward import forward
from rh_lens.model.hooks import Model
from rh_lens.model.reply import Greedy

Metric = Callable[[Model, Case], float]


class LogitMetric(ABC):
    """A metric of the logits of the right answer, from one forward pass over prompt and answer.

    Because it does not generate, a patch of the whole prompt holds while it is measured, many
    patches can be measured at once, and it has a gradient. Subclasses say what it makes of logits.
    """

    @abstractmethod
    def of(
        self,
        logits: Float[Tensor, "batch answer vocab"],
        case: Case,
        clean: Float[Tensor, "answer vocab"],
    ) -> Float[Tensor, " batch"]:
        """The metric of each of several runs on one case.

        Args:
            logits: Of each token of the right answer, the ones before it given.
            clean: The same of the undisturbed run, for metrics that compare.
        """

    @torch.no_grad()
    def __call__(self, model: Model, case: Case) -> float:
        logits = answer_logits(model, case)
        return self.of(logits[None], case, logits).item()


@dataclass(frozen=True)
class AnswerLogprob(LogitMetric):
    """How likely the model finds the right answer: the mean log-probability of its tokens.

    1/n sum_i log p(answer_i | prompt, answer_<i), in nats.
    """

    def of(
        self,
        logits: Float[Tensor, "batch answer vocab"],
        case: Case,
        clean: Float[Tensor, "answer vocab"],
    ) -> Float[Tensor, " batch"]:
        right = case.answer.to(logits.device).expand(logits.shape[:2])  # batch answer
        logprobs = logits.log_softmax(dim=-1).gather(2, right[..., None])[..., 0]
        return logprobs.mean(dim=1)


@dataclass(frozen=True)
class LogitDifference(LogitMetric):
    """How much rather the model begins the right answer than its rival, in logits.

    logit(answer_0) - logit(rival_0) at the last position of the prompt (Wang et al. 2022,
    arXiv:2211.00593).
    """

    def of(
        self,
        logits: Float[Tensor, "batch answer vocab"],
        case: Case,
        clean: Float[Tensor, "answer vocab"],
    ) -> Float[Tensor, " batch"]:
        if case.rival is None or not len(case.rival):
            raise ValueError(
                "logit_difference needs a case with a rival answer: pass `rival` to Case"
            )
        right, wrong = int(case.answer[0]), int(case.rival[0])
        if right == wrong:
            raise ValueError(
                f"the answer and its rival both begin with token {right}, so there is no "
                "difference between them: give a rival that begins otherwise"
            )
        return logits[:, 0, right] - logits[:, 0, wrong]


@dataclass(frozen=True)
class KL(LogitMetric):
    """How little a change to the model changes what it says: 0 if not at all, less if it does.

    - 1/n sum_i KL(p_clean || p) at each token of the right answer, the ones before it given, in
    nats, with p_clean the next-token distribution of the undisturbed run.
    """

    def of(
        self,
        logits: Float[Tensor, "batch answer vocab"],
        case: Case,
        clean: Float[Tensor, "answer vocab"],
    ) -> Float[Tensor, " batch"]:
        usual = clean.log_softmax(dim=-1).expand_as(logits)
        changed = logits.log_softmax(dim=-1)
        kl = torch.nn.functional.kl_div(changed, usual, reduction="none", log_target=True)
        return -kl.sum(dim=-1).mean(dim=1)


answer_logprob = AnswerLogprob()
logit_difference = LogitDifference()
kl = KL()


@torch.no_grad()
def answer_logits(model: Model, case: Case) -> Float[Tensor, "answer vocab"]:
    """The logits of each token of the right answer, the ones before it given.

    One forward pass over prompt and answer, so that a patch of the whole prompt applies. Its memory
    grows with the square of the prompt's length.
    """
    told, rows = told_answer(case)
    return forward(model, told[None], rows)[0]


def told_answer(case: Case) -> tuple[Int[Tensor, " pos"], range]:
    """A prompt with its right answer, and the rows from which that answer is said."""
    if not len(case) or not len(case.answer):
        raise ValueError(
            f"the case has {len(case)} tokens and an answer of {len(case.answer)}: "
            "give it a prompt and a right answer"
        )
    told = torch.cat([case.tokens, case.answer[:-1].to(case.tokens)])
    return told, range(len(case) - 1, len(told))


def accuracy(model: Model, case: Case) -> float:
    """1 if the model, answering in its own words, says the right answer; else 0."""
    return float(Greedy()(model, case).found)
