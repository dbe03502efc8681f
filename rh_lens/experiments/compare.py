"""Are these the same heads?"""

from dataclasses import replace

from rh_lens.experiments.comparison import Comparison
from rh_lens.scores.head_scores import HeadScores


def compare(**scores: HeadScores) -> Comparison:
    """Scores of the same heads, side by side; the keywords name the columns.

    `compare(base=scores_of_base, chat=scores_of_chat)`. A score of key-value heads, beside scores
    of query heads, gives each query head the score of the key-value head that serves it.
    """
    if len(scores) < 2:
        raise ValueError(f"got {len(scores)} scores: give two or more to compare")
    n_heads = max(each.values.shape[2] for each in scores.values())
    by_group = {
        name: n_heads // each.values.shape[2]
        for name, each in scores.items()
        if _is_by_group(each, n_heads)
    }
    spread = {name: _spread(each, by_group.get(name, 1)) for name, each in scores.items()}
    if len({tuple(each.values.shape[1:]) for each in spread.values()}) > 1:
        shapes = ", ".join(f"{name} {_shape(each)}" for name, each in scores.items())
        raise ValueError(
            f"scores can be compared head by head only over the same heads, got {shapes}: compare "
            "scores of one model, or of models of one shape"
        )
    return Comparison(spread, by_group)


def _is_by_group(scores: HeadScores, n_heads: int) -> bool:
    """Whether these are scores of the key-value heads of a model with `n_heads` query heads."""
    model, own = scores.provenance.get("model", {}), scores.values.shape[2]
    fits = own < n_heads and n_heads % own == 0
    return (
        fits and own == model.get("n_key_value_heads") and model.get("n_heads") in (None, n_heads)
    )


def _spread(scores: HeadScores, each: int) -> HeadScores:
    return replace(scores, values=scores.values.repeat_interleave(each, dim=2))


def _shape(scores: HeadScores) -> str:
    _, n_layers, n_heads = scores.values.shape
    return f"{n_layers} layers of {n_heads} heads"
