"""Entities: names of several tokens to say again, beside random tokens of the same number."""

import random
from typing import Any

import torch

from rh_lens.cases.case import Case
from rh_lens.cases.passage import bos_id, continuation, offsets
from rh_lens.cases.repeats import ordinary_ids

ENTITIES = (
    "Abraham Lincoln", "Adam Smith", "Albert Einstein", "Buckingham Palace", "Buenos Aires",
    "Cape Town", "Charles Darwin", "Charlie Chaplin", "Costa Rica", "Eiffel Tower", "Elvis Presley",
    "Frank Sinatra", "Golden Gate Bridge", "Grand Canyon", "Hong Kong", "Isaac Newton",
    "Johann Sebastian Bach", "Julius Caesar", "Kuala Lumpur", "Leonardo da Vinci", "Los Angeles",
    "Mahatma Gandhi", "Marie Curie", "Marilyn Monroe", "Mount Everest", "Napoleon Bonaparte",
    "Nelson Mandela", "New York City", "New Zealand", "Niagara Falls", "Pablo Picasso",
    "Puerto Rico", "Rio de Janeiro", "San Francisco", "Saudi Arabia", "South Africa", "Sri Lanka",
    "Stephen Hawking", "Vincent van Gogh", "Winston Churchill",
)  # fmt: skip


def entities(tokenizer: Any, count: int = 20, *, length: int = 25, seed: int = 0) -> list[Case]:
    """Names begun a second time: does a head copy the next token, or the thing that is named?

    A case of kind "entity" reads BOS, s, E, a line break, s, and the first token of E, where s is
    `length` different random tokens and E a well-known name; the answer is the rest of E. The case
    of kind "random" that follows it has as many random tokens for E, and a new s. Heads that copy
    tokens serve both; heads that copy concepts, entities only (Feucht et al. 2025,
    arXiv:2504.03022). s holds no token of E. The line break is whatever the tokenizer makes of one,
    which for a tokenizer that drops spaces is nothing.

    Args:
        count: Names, each with its random twin: at most 40.

    Returns:
        Cases with the spans "copies" (s and E, where they stand first) and "entity" (E therein),
        and the labels task, kind, length, size (tokens of E), seed and needle. The case's `needle`
        is where the rest of E stands.
    """
    if not 1 <= count <= len(ENTITIES):
        raise ValueError(f"count is {count}: ask for 1 to {len(ENTITIES)} names")
    draw = random.Random(seed)
    ordinary = ordinary_ids(tokenizer)
    line_break, _, _ = offsets(tokenizer, "\n")
    cases = []
    for name in draw.sample(ENTITIES, count):
        spelt = continuation(tokenizer, "in", name).tolist()
        if len(spelt) < 2:
            raise ValueError(
                f"{name!r} is one token, so nothing of it is left to say: use another tokenizer"
            )
        for kind, entity in (("entity", spelt), ("random", draw.sample(ordinary, len(spelt)))):
            others = sorted(set(ordinary) - set(entity) - set(line_break))
            if not 1 <= length <= len(others):
                raise ValueError(
                    f"{length} different tokens cannot be drawn from {len(others)}: "
                    "ask for another length"
                )
            filler = draw.sample(others, length)
            tokens = [bos_id(tokenizer), *filler, *entity, *line_break, *filler, entity[0]]
            whole = range(1, 1 + length + len(entity))
            named = range(1 + length, whole.stop)
            cases.append(
                Case(
                    tokens=torch.tensor(tokens),
                    answer=torch.tensor(entity[1:]),
                    needle=named[1:],
                    spans={"copies": (whole,), "entity": (named,)},
                    labels={
                        "task": "entities",
                        "kind": kind,
                        "length": length,
                        "size": len(entity),
                        "seed": seed,
                        "needle": name if kind == "entity" else f"as many tokens as {name}",
                    },
                )
            )
    return cases
