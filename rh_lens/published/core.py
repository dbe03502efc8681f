"""The head scores of CoRe (Tran et al. 2025), such as core_temp0.1_prune0.0.json."""

import json
import math
from pathlib import Path
from typing import Any

import torch

from rh_lens.scores import files
from rh_lens.scores.head_scores import HeadScores


def core(path: str | Path, *, n_layers: int | None = None) -> HeadScores:
    """How much more a head attends to the relevant document than to hard negatives, by CoRe.

    The file is {"layer-head": score}, means over queries, so there is one case. Chance is 1 over
    the documents compared, which is about 0.02 in the released files. Files with "prune" above 0
    leave out the last layers.

    Args:
        n_layers: Layers of the model; those that the file leaves out are NaN. By default, as many
            as the file has.

    github.com/linhhtran/CoRe-Reranking, arXiv:2510.02219.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there are no scores at {str(path)!r}: check the path")
    try:
        by_head = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} cannot be read as JSON: {error}") from error
    known = isinstance(by_head, dict) and all(_is_score(*each) for each in by_head.items())
    if not (by_head and known):
        raise ValueError(
            f'{str(path)!r} does not map "layer-head" to one score each: give a file of '
            "CoRe's head_data"
        )
    places = [tuple(map(int, head.split("-"))) for head in by_head]
    in_file, n_heads = (max(axis) + 1 for axis in zip(*places, strict=True))
    if n_layers is not None and n_layers < in_file:
        raise ValueError(f"{str(path)!r} scores {in_file} layers, more than n_layers={n_layers}")
    values = torch.full((1, n_layers or in_file, n_heads), torch.nan)
    for (layer, index), score in zip(places, by_head.values(), strict=True):
        values[0, layer, index] = score
    return HeadScores("CoRe score", values, ({"found": True},), {"source": path.name})


def _is_score(head: str, score: Any) -> bool:
    return files.is_score(score) and math.isfinite(score) and bool(files.HEAD.fullmatch(head))
