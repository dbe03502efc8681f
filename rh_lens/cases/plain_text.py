"""Ordinary text as cases: does a change to a model cost it more than the needle?"""

from typing import Any

import torch

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.haystack import Haystack


def plain_text(
    tokenizer: Any, haystack: Haystack, *, length: int = 256, count: int = 4, bos: bool = True
) -> list[Case]:
    """Stretches of a text, each cut in two: the answer to its first half is how it goes on.

    `answer_logprob` of such a case is minus the model's loss on ordinary text, in nats per token.
    The stretches lie evenly over the whole haystack.

    Args:
        length: Tokens of each, BOS included.
        bos: Whether each begins with the BOS token.
    """
    if count < 1 or length < 4:
        raise ValueError(
            f"got {count} texts of {length} tokens: ask for 1 or more texts of 4 tokens or more"
        )
    spelt = tokenizer(haystack.text, add_special_tokens=False, verbose=False)["input_ids"]
    start = [tokenizer.bos_token_id] if bos and tokenizer.bos_token_id is not None else []
    own = length - len(start)
    if len(spelt) < count * own:
        raise ValueError(
            f"the haystack has {len(spelt)} tokens, too few for {count} texts of {own}: ask for "
            "fewer or shorter texts, or give a longer haystack"
        )
    cases = []
    for number in range(count):
        first = number * (len(spelt) - own) // max(count - 1, 1)
        tokens = torch.tensor(start + spelt[first : first + own])
        labels: Labels = {"task": "plain_text", "needle": f"text {number + 1}", "length": length}
        half = length // 2
        cases.append(Case(tokens[:half], tokens[half:], range(0), labels))
    return cases
