"""Does the model still answer without its retrieval heads?"""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from rh_lens.cases.case import Case
from rh_lens.experiments.ablation_curve import AblationCurve
from rh_lens.experiments.ablation_effect import Ablation
from rh_lens.experiments.ask import Asked, ask_under
from rh_lens.experiments.gathered import VERSIONS, Result
from rh_lens.experiments.nothing import NothingScored, why_nothing
from rh_lens.heads import Head, all_heads, matched_heads
from rh_lens.interventions.intervention import Intervention, Unchanged
from rh_lens.interventions.uniform_attention import UniformAttention
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy
from rh_lens.scores.head_scores import HeadScores

WHILE_DECODING: Ablation = partial(UniformAttention, scope="decoding")


def ablation_curve(
    model: Model,
    cases: Sequence[Case],
    heads: HeadScores | Sequence[Head],
    *,
    counts: Sequence[int],
    ablation: Ablation = WHILE_DECODING,
    controls: int | Mapping[str, Sequence[Head]] = 5,
    texts: Sequence[Case] = (),
    answering: Answering = Greedy(),
    seed: int = 0,
    journal: Journal | None = None,
) -> AblationCurve:
    """How well the model answers without the first k heads of a ranking, for each k of `counts`,
    and without as many others (Wu et al. 2024, Fig. 7).

    Every case is asked of the whole model, then under every ablation. By default attention becomes
    uniform from the prompt's last token on, as in the paper. The prompt is then read once for all
    ablations, for none of them acts before.

    Args:
        heads: A ranking: scores, or heads in order.
        counts: How many heads to ablate. 0 is always measured.
        ablation: What to do to them, such as `ZeroOutput` or `partial(MeanOutput, mean=mean)`.
        controls: Rankings to lose instead, by name; or how many to draw: each draw has, for every
            head of the ranking, another of the same layer that is not among the ranking's first
            max(counts); or of the nearest layer, where the same has none left, and the result says
            so. The draws are made once, never per case.
        texts: Ordinary text, such as `plain_text(tokenizer, Haystack())`, whose loss is measured
            beside: an ablation that costs it as well has broken more than retrieval.
        answering: How the model comes to its answer.
        seed: Of the first draw; the others take the following ones.
        journal: Remembers every finished answer.

    Raises:
        NothingScored: The model, unchanged, answered no case.
        Unchanged: An ablation made no difference to any case.
    """
    if not cases:
        raise ValueError("got no cases to ask: give at least one")
    ranking = heads.ranking() if isinstance(heads, HeadScores) else list(heads)
    wanted = sorted({0, *counts})
    _check_counts(wanted, ranking)
    top = ranking[: wanted[-1]]
    rivals = _drawn(model, top, controls, seed) if isinstance(controls, int) else controls
    _check_controls(rivals, top)
    rows: list[tuple[str, int, Intervention | None]] = [("none", 0, None)]
    for name, order in {"ranking": top, **rivals}.items():
        rows += [(name, count, ablation(tuple(order[:count]))) for count in wanted[1:]]
    changes = [change for _, _, change in rows]
    asking = partial(ask_under, model, changes=changes, journal=journal)
    asked = asking(cases, answering=answering, what=f"ablating up to {wanted[-1]} heads")
    if not any(result["found"] for result in asked.results[0]):
        nothing = "there is nothing to lose by an ablation"
        raise NothingScored(why_nothing(asked.results[0], asked.cases, answering, nothing))
    refuse_idle(changes, asked.results)
    read = Asked([], [], {})
    if texts:
        read = asking(texts, answering=None, what="the loss of ordinary text")
    provenance = {
        "model": identity(model),
        "ablation": repr(ablation(tuple(top[:1]))),
        "heads": [str(head) for head in top],
        "scores": heads.name if isinstance(heads, HeadScores) else None,
        "controls": {name: [str(head) for head in order] for name, order in rivals.items()},
        "elsewhere": max((_elsewhere(top, order) for order in rivals.values()), default=0),
        "answering": repr(answering),
        "seed": seed if isinstance(controls, int) else None,
        "skipped": asked.skipped | read.skipped,
        "versions": VERSIONS,
    }
    return AblationCurve(
        _frame(rows, asked, set(rivals)), _frame(rows, read, set(rivals)), provenance
    )


def refuse_idle(
    changes: Sequence[Intervention | None], answers: Sequence[Sequence[Result]]
) -> None:
    """An ablation that never made a difference did not happen."""
    for change, results in zip(changes, answers, strict=True):
        if all(result["idle"] for result in results):
            raise Unchanged(
                f"{change!r} changed nothing in any of {len(results)} cases: choose heads that do "
                "something there, or a scope that the prompts have"
            )


def _drawn(model: Model, top: Sequence[Head], count: int, seed: int) -> dict[str, list[Head]]:
    if count < 0:
        raise ValueError(f"controls is {count}: ask for 0 or more draws")
    pool = all_heads(int(model.cfg.n_layers), int(model.cfg.n_heads))
    seeds = range(seed, seed + count)
    return {
        f"layer-matched, seed {each}": matched_heads(pool, top, nearest=True, seed=each)
        for each in seeds
    }


def _elsewhere(top: Sequence[Head], order: Sequence[Head]) -> int:
    """How many heads of a control are of another layer than those that they stand for."""
    return sum(one.layer != other.layer for one, other in zip(top, order, strict=False))


def _check_counts(counts: Sequence[int], ranking: Sequence[Head]) -> None:
    if counts[0] < 0 or len(counts) < 2:
        raise ValueError(
            f"got the counts {list(counts)}: name at least one number of heads above 0"
        )
    if counts[-1] > len(ranking):
        raise ValueError(
            f"{counts[-1]} heads cannot be ablated of a ranking of {len(ranking)}: ask for fewer"
        )
    if len(set(ranking)) < len(ranking):
        raise ValueError("the ranking names a head twice: give each once")


def _check_controls(controls: Mapping[str, Sequence[Head]], top: Sequence[Head]) -> None:
    for name, order in controls.items():
        if name in ("none", "ranking"):
            raise ValueError(f"a control cannot be called {name!r}: choose another name")
        if shared := sorted(set(order[: len(top)]) & set(top)):
            raise ValueError(
                f"the control {name!r} holds {shared}, which it is to control for: leave them out"
            )
        if len(set(order[: len(top)])) < len(top):
            raise ValueError(
                f"the control {name!r} has {len(set(order))} heads, and up to {len(top)} are to be "
                "ablated: give as many, each once"
            )


def _frame(
    rows: Sequence[tuple[str, int, Intervention | None]], asked: Asked, controls: set[str]
) -> pd.DataFrame:
    """A row per ablation and case."""
    observed = [
        {
            **case.labels,
            "digest": case.digest,
            "heads": name,
            "control": name in controls,
            "count": count,
            **result,
        }
        for (name, count, _), results in zip(rows, asked.results, strict=False)
        for case, result in zip(asked.cases, results, strict=True)
    ]
    return pd.DataFrame(observed)
