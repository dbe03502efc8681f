"""The gates of DuoAttention (Xiao et al. 2024), such as full_attention_heads.tsv."""

import math
from pathlib import Path

import torch

from rh_lens.scores.head_scores import HeadScores


def duo_attention(path: str | Path) -> HeadScores:
    """How much of its full attention every key-value head kept in training, from 0 to 1.

    The file has a line per layer and a number per key-value head, with tabs. Numbers are clipped to
    0 and 1 as DuoAttention does on loading. The gate says which heads are safe to stream, and many
    stand at 1: compare it with `auroc`, not by its top k.

    github.com/mit-han-lab/duo-attention, arXiv:2410.10819.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there are no gates at {str(path)!r}: check the path")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        gates = [[float(gate) for gate in line.split("\t")] for line in lines]
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r} is no table of numbers with tabs: {error!s:.80}"
        ) from error
    widths = {len(layer) for layer in gates}
    if len(widths) != 1 or not all(math.isfinite(gate) for layer in gates for gate in layer):
        raise ValueError(
            f"{str(path)!r} has lines of {sorted(widths)} gates: give a full_attention_heads.tsv, "
            "with the same number of finite gates in every layer"
        )
    origin = {
        "source": "/".join(path.parts[-3:]),  # the file's own name is always the same
        "model": {"n_layers": len(gates), "n_key_value_heads": widths.pop()},
    }
    values = torch.tensor([gates]).clamp(0, 1)
    return HeadScores("DuoAttention gate", values, ({"found": True},), origin)
