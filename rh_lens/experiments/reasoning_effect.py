"""Does a model need its retrieval heads to reason, or only to read what it has worked out?"""

from collections.abc import Sequence

import pandas as pd

from rh_lens.cases.case import Case
from rh_lens.experiments.ablation import WHILE_DECODING, refuse_idle
from rh_lens.experiments.ablation_effect import Ablation
from rh_lens.experiments.ask import ask_under
from rh_lens.experiments.gathered import VERSIONS
from rh_lens.experiments.reasoning_costs import DIRECT, HEADS, STEPS, ReasoningEffect
from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy


def reasoning_effect(
    model: Model,
    cases: Sequence[Case],
    heads: Sequence[Head],
    *,
    ablation: Ablation = WHILE_DECODING,
    controls: Sequence[Sequence[Head]] = (),
    answering: Answering = Greedy(),
    journal: Journal | None = None,
) -> ReasoningEffect:
    """What losing `heads` costs a model that must work out a sum, and one that can copy it.

    Every case is asked of the whole model and under the ablation of each list. If retrieval heads
    serve reasoning by reading back what has been worked out, their loss costs more in the form
    "steps" than in the form "direct", and more than the loss of other heads (Wu et al. 2024, Fig.
    10, where random heads cost much as well). A model that fails the direct form has nothing to
    lose there but log-probability: see `before`.

    Args:
        cases: Such as `reasoning(tokenizer)`: with the labels form ("direct" or "steps", both) and
            needle, the same for both forms of a sum.
        ablation: What to do to the heads. By default their attention becomes uniform from the
            prompt's last token on, as in the paper.
        controls: Other lists to lose instead, such as heads of the same layers.
        answering: How the model comes to its answer.
        journal: Remembers every finished answer.

    Raises:
        Unchanged: An ablation made no difference to any case.
    """
    forms = {case.labels.get("form") for case in cases}
    if forms != {DIRECT, STEPS} or any("needle" not in case.labels for case in cases):
        raise ValueError(
            f"got cases of the forms {sorted(map(str, forms))}: give both forms of each sum, as "
            "reasoning(tokenizer) makes them, with the labels form and needle"
        )
    lists = {HEADS: heads, **{f"control {i + 1}": each for i, each in enumerate(controls)}}
    for name, each in lists.items():
        if name != HEADS and (shared := sorted(set(each) & set(heads))):
            raise ValueError(f"{name} holds {shared}, which it is to control for: leave them out")
    changes: list[Intervention | None] = [None, *(ablation(tuple(each)) for each in lists.values())]
    asked = ask_under(
        model, cases, changes, answering=answering, journal=journal, what="ablating reasoning"
    )
    refuse_idle(changes, asked.results)
    rows = [
        {**case.labels, "digest": case.digest, "heads": name, **result}
        for name, results in zip(["none", *lists], asked.results, strict=True)
        for case, result in zip(asked.cases, results, strict=True)
    ]
    provenance = {
        "model": identity(model),
        "ablation": repr(changes[1]),
        "lists": {name: [str(head) for head in each] for name, each in lists.items()},
        "answering": repr(answering),
        "seed": None,  # decoding is greedy: nothing here is drawn
        "skipped": asked.skipped,
        "versions": VERSIONS,
    }
    return ReasoningEffect(pd.DataFrame(rows), provenance)
