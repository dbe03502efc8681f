"""Passkey: a number that one sentence in a long text states."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.needle import Needle
from rh_lens.cases.niah import check_grid, hide
from rh_lens.cases.prompt import Prompt, PromptFormat

REMEMBER = Prompt(
    "Somewhere in this text a pass key is told. Keep it in mind.\n\n{haystack}\n\n{question} {stem}"
)


def passkey(
    tokenizer: Any,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    count: int = 10,
    haystack: Haystack | None = None,
    prompt: PromptFormat = REMEMBER,
    seed: int = 0,
) -> list[Case]:
    """A five-digit number to find in a text, which even a weak base model can say.

    "The pass key is 68217." is hidden as `niah` hides its needles, and the prompt ends "What is the
    pass key? The pass key is". Every case has a key of its own. After Mohtashami and
    Jaggi 2023 (arXiv:2305.16300), who state the key twice; stated once, it can be copied from one
    place only.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below.
        depths: Share of the haystack that comes before the key, from 0 to 1.
        count: Keys for each length and depth.
        haystack: The text around the key. None: the bundled one.

    Returns:
        Cases with the spans and labels of `niah`, `needle` being the key, and the label seed.
    """
    lengths, depths = list(lengths), [float(depth) for depth in depths]
    check_grid(count, lengths, depths)
    hay = Hay.of(tokenizer, haystack or Haystack(), max(lengths))
    grid = [(length, depth) for length in lengths for depth in depths for _ in range(count)]
    keys = random.Random(seed).sample(range(10_000, 100_000), len(grid))
    return [
        _hidden(hay, str(key), length, depth, prompt, seed)
        for key, (length, depth) in zip(keys, grid, strict=True)
    ]


def _hidden(hay: Hay, key: str, length: int, depth: float, prompt: PromptFormat, seed: int) -> Case:
    needle = Needle(f"The pass key is {key}.", "What is the pass key?", key)
    case = hide(hay, needle, length, depth, prompt)
    own: Labels = {"task": "passkey", "needle": key, "kind": "number", "seed": seed}
    return replace(case, labels={**case.labels, **own})
