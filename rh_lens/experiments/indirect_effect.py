"""What does a head carry from a prompt that tells the answer into one that does not?"""

from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.cases.pair import Pair
from rh_lens.experiments.each_head import Subject, Trial, each_head, name_of
from rh_lens.heads import Head
from rh_lens.interventions.checks import fingerprint
from rh_lens.interventions.patch import Patch
from rh_lens.journal import Journal
from rh_lens.metrics import Metric, answer_logits, answer_logprob
from rh_lens.model.hooks import Model
from rh_lens.model.record import record, recording
from rh_lens.scores.head_scores import HeadScores


def causal_retrieval_effect(
    model: Model,
    pairs: Sequence[Pair],
    *,
    metric: Metric = answer_logprob,
    heads: Sequence[Head] | None = None,
    journal: Journal | None = None,
) -> HeadScores:
    """How far each head alone brings the answer back into a prompt without the needle (CRI).

    metric(corrupt, z of that head from the clean run) - metric(corrupt), at every position of
    prompt and answer. Above 0: the head brings the answer, or what leads to it (Gema et al. 2026,
    arXiv:2607.01002; their code's default metric is a logit difference to the token that the
    corrupt run likes best). The labels `clean` and `corrupt` hold the metric of the two runs.

    Args:
        metric: One of a single forward pass: `answer_logprob`, `logit_difference`.
        heads: Which to patch; the others are NaN. None: all, at one run of the model each.
        journal: Remembers each finished pair.
    """

    def begin(pair: Pair) -> Trial:
        with recording(model, "z") as seen:
            clean = metric(model, pair.clean)
        source, corrupt = seen.of("z"), metric(model, pair.corrupt)

        def restored(head: Head) -> float:
            with Patch((head,), source).on(model):
                return metric(model, pair.corrupt) - corrupt

        return Trial(restored, {"clean": clean, "corrupt": corrupt})

    how = f"causal_retrieval_effect({name_of(metric)})"
    subjects = [Subject(pair.clean, partial(begin, pair), pair.digest) for pair in pairs]
    return each_head(model, subjects, "causal retrieval effect", how, heads=heads, journal=journal)


def function_vector_effect(
    model: Model,
    cases: Sequence[Case],
    corrupt: Sequence[Case],
    *,
    heads: Sequence[Head] | None = None,
    journal: Journal | None = None,
) -> HeadScores:
    """How far each head's usual output at the end of a prompt makes the model do the task (AIE).

    p(answer_0 | z of that head at the last position of the prompt := its mean there over `cases`)
    - p(answer_0), on each of the corrupted prompts (Todd et al. 2024, arXiv:2310.15213). The label
    `before` holds the second term.

    Args:
        cases: Prompts that show the task, of any lengths.
        corrupt: Prompts that do not, such as those with their examples' answers shuffled. Their
            `answer` is the right one. One row of the result is one of these.
        heads: Which to patch; the others are NaN. None: all, at one run of the model each.
        journal: Remembers each finished prompt.
    """
    if not cases:
        raise ValueError("got no cases to take a mean over: give at least one that shows the task")
    mean = torch.stack([record(model, case.tokens)[:, -1] for case in cases]).mean(dim=0)

    def begin(case: Case) -> Trial:
        before = _first_probability(model, case)
        source = _ending_in(record(model, case.tokens), mean)

        def gained(head: Head) -> float:
            with Patch((head,), source).on(model):
                return _first_probability(model, case) - before

        return Trial(gained, {"before": before})

    how = f"function_vector_effect(mean={fingerprint(mean)})"
    subjects = [Subject(case, partial(begin, case), case.digest) for case in corrupt]
    return each_head(model, subjects, "function vector effect", how, heads=heads, journal=journal)


def _first_probability(model: Model, case: Case) -> float:
    """The probability that the answer begins rightly."""
    begun = Case(case.tokens, case.answer[:1], case.needle)
    return answer_logits(model, begun)[0].softmax(dim=-1)[int(case.answer[0])].item()


def _ending_in(
    own: Float[Tensor, "layer pos head d_head"], last: Float[Tensor, "layer head d_head"]
) -> Float[Tensor, "layer pos head d_head"]:
    """A run's own activations but for its last position: a patch of that position alone."""
    return torch.cat([own[:, :-1], last[:, None]], dim=1)
