"""Key-value pairs: a JSON object, of which one value is asked for by its key."""

import random
from collections.abc import Iterable
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.passage import Passage, stating
from rh_lens.cases.pose import pose
from rh_lens.cases.prompt import Prompt, PromptFormat

EXTRACT = Prompt(
    'Look up one key of this JSON object.\n\n{haystack}\n\nThe key is "{question}".\nIts value is "'
)
DIGITS = 4  # hexadecimal, of a key and of a value
MOST = 16**DIGITS // 2  # pairs of which all keys and values differ


def key_value(
    tokenizer: Any,
    pairs: Iterable[int] = (10, 40),
    count: int = 10,
    *,
    prompt: PromptFormat = EXTRACT,
    seed: int = 0,
) -> list[Case]:
    """The value of one key, in a JSON object of many: nothing to understand, all to look up.

    Keys and values are random four-digit hexadecimal numbers, all different within a prompt. From
    case to case the pair asked for moves evenly through the object. The prompt is that of Liu et
    al. 2023 (arXiv:2307.03172), up to the quotation mark that opens the value; they use UUIDs for
    keys and values, 75, 140 and 300 pairs.

    Args:
        pairs: How many pairs a prompt has, for each of which `count` cases are made.

    Returns:
        Cases with the spans "haystack" (the object), "fact" (the pair asked for), "distractors"
        (all other pairs) and "question" (the key), and the labels task, pairs, position (from 0),
        seed, tokens and needle (the key). The case's `needle` is where the value stands.
    """
    sizes = list(pairs)
    if wrong := [size for size in sizes if not 2 <= size <= MOST]:
        raise ValueError(f"a prompt cannot have {wrong} pairs: ask for 2 to {MOST}")
    if count < 1 or not sizes:
        raise ValueError(f"got pairs={sizes} and count={count}: ask for at least one of each")
    draw = random.Random(seed)
    cases = []
    for size in sizes:
        for number in range(count):
            place = number * size // count
            drawn = [f"{code:0{DIGITS}x}" for code in draw.sample(range(16**DIGITS), 2 * size)]
            keys, values = drawn[:size], drawn[size:]
            filled = prompt.fill(_json(keys, values, place), keys[place], "")
            tokens, spans = prompt.tokenize(tokenizer, filled)
            labels: Labels = {
                "task": "key_value",
                "pairs": size,
                "position": place,
                "seed": seed,
                "needle": keys[place],
            }
            cases.append(pose(tokenizer, tokens, spans, values[place], labels))
    return cases


def _json(keys: list[str], values: list[str], asked: int) -> Passage:
    text = Passage("{")
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        pair = f'"{key}": "{value}"'
        told = stating(pair, value) if place == asked else Passage(pair).named("distractors")
        text += Passage(",\n " if place else "") + told
    return text + Passage("}")
