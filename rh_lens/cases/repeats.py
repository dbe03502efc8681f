"""Repeated random tokens: a prompt that is all needle, where induction heads show themselves."""

import random
from collections.abc import Sequence
from typing import Any

import torch

from rh_lens.cases.case import Case
from rh_lens.cases.passage import bos_id


def repeats(
    tokenizer: Any, length: int = 50, count: int = 20, *, times: int = 2, seed: int = 0
) -> list[Case]:
    """Random tokens, said again and again: what comes next can only be copied.

    A sequence s of `length` different ordinary tokens (neither special nor added to the vocabulary)
    is drawn for each case. The prompt is BOS and s, `times` - 1 times over; the answer is s once
    more, so that prompt and answer together say s `times` times. Use with `TeacherForced()`.
    Olsson et al. 2022 (arXiv:2209.11895) repeat 25 tokens 4 times; TransformerLens and most
    tutorials repeat 50 twice. Nothing is read as text, so no token can merge with its neighbour.

    Returns:
        Cases with the span "copies", one range for each s in the prompt, and the labels task,
        length, times, seed and needle (which sequence it is). The case's `needle` is the last copy.
    """
    return repeated_ids(
        ordinary_ids(tokenizer), bos_id(tokenizer), length, count, times=times, seed=seed
    )


def repeated_ids(
    ordinary: Sequence[int], bos: int, length: int, count: int, *, times: int = 2, seed: int = 0
) -> list[Case]:
    """The cases of `repeats` for a vocabulary given as ids."""
    if count < 1 or times < 2:
        raise ValueError(
            f"got count={count} and times={times}: ask for at least one sequence, said twice"
        )
    if not 1 <= length <= len(ordinary):
        raise ValueError(
            f"{length} different tokens cannot be drawn from {len(ordinary)} ordinary ones: "
            "ask for another length"
        )
    draw = random.Random(seed)
    cases = []
    for number in range(count):
        sequence = torch.tensor(draw.sample(ordinary, length))
        copies = tuple(range(1 + k * length, 1 + (k + 1) * length) for k in range(times - 1))
        cases.append(
            Case(
                tokens=torch.cat([torch.tensor([bos]), sequence.repeat(times - 1)]),
                answer=sequence,
                needle=copies[-1],
                spans={"copies": copies},
                labels={
                    "task": "repeats",
                    "length": length,
                    "times": times,
                    "seed": seed,
                    "needle": f"sequence {number} of seed {seed}",
                },
            )
        )
    return cases


def ordinary_ids(tokenizer: Any) -> list[int]:
    """The ids that stand for text, in ascending order: neither special tokens nor added ones."""
    reserved = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
    return sorted(set(tokenizer.get_vocab().values()) - reserved)
