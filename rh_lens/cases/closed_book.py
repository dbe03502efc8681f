"""Closed book: questions that need no text, asked after a text that does not answer them."""

import random
import re
from collections.abc import Iterable
from typing import Any

from rh_lens.cases.case import Case
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.niah import check_grid
from rh_lens.cases.passage import continuation
from rh_lens.cases.prompt import Prompt, PromptFormat
from rh_lens.cases.world import WORLD, WorldFact

KNOWN = Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


def closed_book(
    tokenizer: Any,
    lengths: Iterable[int],
    *,
    count: int = 20,
    haystack: Haystack | None = None,
    prompt: PromptFormat = KNOWN,
    seed: int = 0,
) -> list[Case]:
    """Questions that a model answers from memory: what must not suffer when retrieval heads go.

    The control of recall without retrieval (as in LOCOS, Gema et al. 2026, arXiv:2607.01002): a
    haystack of the length asked for, a question about the world, and no needle, so a score of
    copying is NaN. The prompt ends with the words that begin the answer ("The capital of France
    is"), which lets a base model go on.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below.
        count: How many facts are drawn, each of them asked for at every length.

    Returns:
        Cases with the spans "haystack" and "question", and the labels task, length, kind (the
        relation), seed, tokens and needle (the question). The case's `needle` is empty.

    Raises:
        ValueError: A haystack that holds one of the answers, among others.
    """
    lengths = list(lengths)
    check_grid(count, lengths, [0.0])
    if not 1 <= count <= len(WORLD):
        raise ValueError(f"count is {count}: ask for 1 to {len(WORLD)} facts")
    hay = Hay.of(tokenizer, haystack or Haystack(), max(lengths))
    facts = random.Random(seed).sample(WORLD, count)
    return [_case(hay, fact, length, prompt, seed) for fact in facts for length in lengths]


def _case(hay: Hay, fact: WorldFact, length: int, prompt: PromptFormat, seed: int) -> Case:
    tokens, spans = hay.around([], length, fact.question, prompt, stem=fact.stem)
    (read,) = spans["haystack"]
    text = hay.tokenizer.decode(tokens[read.start : read.stop].tolist())
    if re.search(rf"\b{re.escape(fact.truth)}\b", text, re.IGNORECASE):
        raise ValueError(
            f"the haystack holds {fact.truth!r}, the answer to {fact.question!r}: "
            "give another haystack, so that nothing can be copied"
        )
    return Case(
        tokens=tokens,
        answer=continuation(hay.tokenizer, fact.stem, fact.truth),
        needle=range(0),
        spans={"haystack": (read,), "question": spans["question"]},
        labels={
            "task": "closed_book",
            "length": length,
            "kind": fact.relation.name,
            "seed": seed,
            "tokens": len(tokens),
            "needle": fact.question,
        },
    )
