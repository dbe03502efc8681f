"""What does it cost to lose a head?"""

from collections.abc import Callable, Sequence
from functools import partial

from rh_lens.cases.case import Case
from rh_lens.experiments.each_head import Subject, Trial, each_head, name_of
from rh_lens.heads import Head, all_heads
from rh_lens.interventions.intervention import Intervention
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.journal import Journal
from rh_lens.metrics import Metric, answer_logits, answer_logprob, kl
from rh_lens.model.hooks import Model
from rh_lens.scores.head_scores import HeadScores

Ablation = Callable[[Sequence[Head]], Intervention]


def ablation_effect(
    model: Model,
    cases: Sequence[Case],
    *,
    ablation: Ablation = ZeroOutput,
    metric: Metric = answer_logprob,
    heads: Sequence[Head] | None = None,
    journal: Journal | None = None,
) -> HeadScores:
    """What each head's loss costs: how much worse the model answers without it.

    metric(case) - metric(case, that head ablated), one head at a time. Above 0: the head helped.
    The label `before` holds the first term. What one head costs alone is not what it costs together
    with others: heads that stand in for each other each cost little.

    Args:
        ablation: What to do to a head, such as `partial(MeanOutput, mean=mean)`.
        heads: Which to ablate; the others are NaN. None: all, at one run of the model each.
        journal: Remembers each finished case.
    """

    def begin(case: Case) -> Trial:
        before = metric(model, case)

        def cost(head: Head) -> float:
            with ablation((head,)).on(model, case):
                return before - metric(model, case)

        return Trial(cost, {"before": before})

    how = f"ablation_effect({name_of(metric)}, {_told(ablation)})"
    subjects = [Subject(case, partial(begin, case), case.digest) for case in cases]
    return each_head(model, subjects, "ablation effect", how, heads=heads, journal=journal)


def answer_kl(
    model: Model,
    cases: Sequence[Case],
    *,
    ablation: Ablation = ZeroOutput,
    heads: Sequence[Head] | None = None,
    journal: Journal | None = None,
) -> HeadScores:
    """How much each head's loss changes what the model would say, for better or for worse.

    The mean over the tokens of the right answer of KL(p || p_ablated) = sum_v p(v) ln(p(v) /
    p_ablated(v)), in nats, with p the model's next-token distribution where that token is due, the
    ones before it given. SHIPS (Zhou et al. 2024, arXiv:2410.13708) is the same at the last token
    of the prompt only, of heads whose attention is made uniform.

    Args:
        ablation: What to do to a head.
        heads: Which to ablate; the others are NaN. None: all, at one run of the model each.
        journal: Remembers each finished case.
    """

    def begin(case: Case) -> Trial:
        usual = answer_logits(model, case)

        def divergence(head: Head) -> float:
            with ablation((head,)).on(model, case):
                without = answer_logits(model, case)
            return -kl.of(without[None], case, usual).item()

        return Trial(divergence)

    how = f"answer_kl({_told(ablation)})"
    subjects = [Subject(case, partial(begin, case), case.digest) for case in cases]
    return each_head(model, subjects, "answer KL", how, heads=heads, journal=journal)


def _told(ablation: Ablation) -> str:
    """What is done to each head, told of the first."""
    return f"each head as in {ablation(tuple(all_heads(1, 1)))!r}"
