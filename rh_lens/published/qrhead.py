"""The head lists of QRHead (Zhang et al. 2025), such as Llama-3.1-8B-Instruct_qr_head_LME.yaml."""

import re
import reprlib
from pathlib import Path
from typing import Any

import torch
import yaml

from rh_lens.heads import Head
from rh_lens.scores.head_scores import HeadScores

HEAD = re.compile(r"\s*(\d{1,3})[-_](\d{1,3})\s*", re.ASCII)


def qrhead(path: str | Path, *, n_layers: int, n_heads: int) -> HeadScores:
    """The place of every head on a list: the first of n heads has 1, the last 1/n, all others 0.

    A list gives an order and no scores, so compare it by top k or with `auroc`; other numbers
    depend on what the places are taken to be worth. It does not say how many heads its model has,
    so say it.

    Read are the released files, a mapping whose "attn_head_set" is "13-18,13-21,..." (one of them
    writes "10_3"), strongest first; and a YAML or JSON list of "layer-head" or of [layer, head].

    github.com/princeton-pli/QRHead, arXiv:2506.09944.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no head list at {str(path)!r}: check the path")
    try:
        # everything is text, also what YAML takes for a number, as 10_3
        listed = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{str(path)!r} cannot be read as YAML: {reason}") from error
    if isinstance(listed, dict):
        told = listed.get("attn_head_set", "")
        listed = told.split(",") if isinstance(told, str) else told
    heads = [_head(item) for item in listed] if isinstance(listed, list) else []
    known = [head for head in heads if head is not None]
    if not known or len(known) < len(heads):
        wrong = [item for item in listed if _head(item) is None] if heads else [listed]
        raise ValueError(
            f"{str(path)!r} is no list of heads, it has {reprlib.repr(wrong[0]):.80}: give an "
            'attn_head_set of heads such as "13-18,13-21", or a list of "layer-head" or '
            "[layer, head]"
        )
    for place, head in enumerate(known):
        if head.layer >= n_layers or head.index >= n_heads:
            raise ValueError(
                f"{str(path)!r} lists {head}, which {n_layers} layers of {n_heads} heads do not "
                "have: check n_layers and n_heads of the model"
            )
        if head in known[:place]:
            raise ValueError(f"{str(path)!r} lists {head} twice: its place cannot be told")
    values = torch.zeros(1, n_layers, n_heads)
    for place, (layer, index) in enumerate(known):
        values[0, layer, index] = 1 - place / len(known)
    return HeadScores("place in QRHead's list", values, ({"found": True},), {"source": path.name})


def _head(item: Any) -> Head | None:
    pair = isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item)
    text = "-".join(item) if pair else item
    place = HEAD.fullmatch(text) if isinstance(text, str) else None
    return Head(int(place[1]), int(place[2])) if place else None
