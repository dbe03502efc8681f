"""Explore: which heads retrieve, where they look, what they write, what is said without them."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from rh_lens.cases.case import Case
from rh_lens.experiments.ablation import WHILE_DECODING
from rh_lens.experiments.ablation_effect import Ablation
from rh_lens.experiments.detect import check_lengths
from rh_lens.interventions.knockout import Knockout
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.model.hooks import Model
from rh_lens.model.identity import check
from rh_lens.model.reply import Answering, Greedy
from rh_lens.plots.explorer.session import Session
from rh_lens.plots.explorer.shown import Explorer
from rh_lens.scores.head_scores import HeadScores

ABLATIONS: Mapping[str, Ablation] = MappingProxyType(
    {
        "they attend to everything alike": WHILE_DECODING,
        "they write nothing": partial(ZeroOutput, scope="decoding"),
        "they cannot see the needle": partial(Knockout, hidden="needle", scope="decoding"),
    }
)


def explore(
    model: Model,
    cases: Sequence[Case],
    scores: HeadScores | Sequence[HeadScores] | Mapping[str, HeadScores],
    *,
    answering: Answering = Greedy(),
    ablations: Mapping[str, Ablation] = ABLATIONS,
    seed: int = 0,
) -> Explorer:
    """See what the heads of a model do: pick one, watch where it looks as the answer is said token
    by token and what it writes, and hear the answer without it.

    In a notebook the model is asked as you click (`pip install 'rh_lens[viz]'`). `.to_html(path)`
    writes a page with answers for the strongest heads, which needs nothing.

    Args:
        scores: What the map of heads can show: one kind of score or several, named by themselves or
            by the keys of a mapping.
        answering: How the model comes to its answer: `Greedy()` in its own words, `TeacherForced()`
            with the right ones.
        ablations: What can be done to chosen heads, by what to call it. By default all of it acts
            from the prompt's last token on, as in Wu et al. 2024 (arXiv:2404.15574). A saved page
            holds the first.
        seed: For drawing as many other heads of the same layers, the control of an ablation.
    """
    check(model)
    if not cases:
        raise ValueError("got no cases to look at: give at least one")
    if not ablations:
        raise ValueError("got no ablations: give at least one, or leave them as they are")
    check_lengths(model, cases)
    kinds = _named(scores)
    for name, each in kinds.items():
        _check_scores(model, name, each)
    return Explorer(Session(model, tuple(cases), answering, dict(ablations), seed), kinds)


def _named(
    scores: HeadScores | Sequence[HeadScores] | Mapping[str, HeadScores],
) -> dict[str, HeadScores]:
    if isinstance(scores, Mapping):
        named = dict(scores)
    else:
        several = [scores] if isinstance(scores, HeadScores) else list(scores)
        named = {each.name: each for each in several}
        if len(named) < len(several):
            raise ValueError(
                f"two of the scores are called {[each.name for each in several]}: give a mapping "
                "from names to scores"
            )
    if not named:
        raise ValueError("got no scores: give at least one")
    return named


def _check_scores(model: Model, name: str, scores: HeadScores) -> None:
    have = tuple(scores.mean.shape)
    wanted = (int(model.cfg.n_layers), int(model.cfg.n_heads))
    if have != wanted:
        raise ValueError(
            f"{name!r} has {have[0]} layers of {have[1]} heads, and the model {wanted[0]} of "
            f"{wanted[1]}: give scores of the query heads of this model"
        )
    if bool(scores.mean.isnan().all()):
        raise ValueError(
            f"no head has a {name!r}, so there is none to begin with: score cases that the model "
            "answers"
        )
