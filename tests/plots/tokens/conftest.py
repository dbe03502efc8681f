"""Attention made by hand: two heads, a prompt of four tokens, and an answer of two."""

import pytest
import torch

import rh_lens as rh
from rh_lens.experiments.answer_attention import AnswerAttention

READ = ("<bos>", " Paris", "\n", "</script><b>Q?</b>", " Par", "is")


@pytest.fixture
def seen():
    """The needle is token 1; token 3 says the fourth, that one the fifth."""
    attention = torch.tensor(
        [
            [[0.1, 0.7, 0.1, 0.1, 0.0], [0.0, 0.9, 0.0, 0.05, 0.05]],
            [[1.0, 0.0, 0.0, 0.0, 0.0], [0.25, 0.0, 0.0, 0.5, 0.25]],
        ]
    )
    between = torch.stack([torch.eye(3), torch.tril(torch.full((3, 3), 0.25))])
    return AnswerAttention(
        heads=(rh.Head(0, 1), rh.Head(3, 2)),
        read=READ,
        steps=range(4, 6),
        needle=range(1, 2),
        found=True,
        attention=attention,
        places=(1, 3, 4),
        between=between,
    )


@pytest.fixture
def long(seen):
    """A prompt of `length` tokens of which the last says one; every head looks at two of them."""

    def long(length, heads=1, needle=range(500, 503)):
        attention = torch.zeros(heads, 1, length)
        attention[:, 0, 700] = 0.75
        attention[:, 0, length - 200] = 0.25
        return AnswerAttention(
            heads=tuple(rh.all_heads(1, heads)),
            read=(*(f"t{i}" for i in range(length)), "said"),
            steps=range(length, length + 1),
            needle=needle,
            found=True,
            attention=attention,
            places=(*needle, length - 1),
            between=torch.zeros(heads, len(needle) + 1, len(needle) + 1),
        )

    return long
