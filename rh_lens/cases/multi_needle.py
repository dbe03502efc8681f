"""Several needles: lucky numbers in one text, of which one is asked for, or all are."""

from collections.abc import Iterable
from typing import Any

from rh_lens.cases.case import Case
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.lucky_numbers import (
    AFTER_TEXT,
    Quiz,
    keyed_numbers,
    lucky_numbers,
    random_depths,
    randomness,
)
from rh_lens.cases.prompt import PromptFormat


def multi_key(
    tokenizer: Any,
    lengths: Iterable[int],
    *,
    keys: int = 4,
    count: int = 10,
    haystack: Haystack | None = None,
    prompt: PromptFormat = AFTER_TEXT,
    seed: int = 0,
) -> list[Case]:
    """One of several numbers in a text, each under a key of its own: which one was meant?

    Sentences "A lucky number of the rusty kettle is 4821973." stand at random
    depths, between sentences and never two at one place; the numbers have seven random digits, the
    keys two random words. This is the multi-key task of RULER (Hsieh et al. 2024,
    arXiv:2404.06654), in our words. From case to case, the one asked for moves evenly from the
    first to the last.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below. The same `count` sets of
            numbers are hidden at every length.
        keys: How many numbers there are.
        haystack: The text around them. None: the bundled one.

    Returns:
        Cases with the spans "haystack", "fact" (the sentence asked for), "distractors" (the
        others) and "question", and the labels task, length, facts (how many sentences), asked (how
        many of them), position (of the one asked for, from 0), seed, tokens and needle (the key).
        The case's `needle` is where the number stands.
    """
    draw = randomness(seed, count, keys)
    quizzes = [
        Quiz(keyed_numbers(draw, keys), [number * keys // count], random_depths(draw, keys))
        for number in range(count)
    ]
    return lucky_numbers("multi_key", quizzes, tokenizer, lengths, haystack, prompt, seed)


def multi_value(
    tokenizer: Any,
    lengths: Iterable[int],
    *,
    values: int = 4,
    count: int = 10,
    haystack: Haystack | None = None,
    prompt: PromptFormat = AFTER_TEXT,
    seed: int = 0,
) -> list[Case]:
    """All of several numbers that a text states, one here and one there, for the same key.

    As `multi_key`, but every sentence has the same key, and all are asked for (RULER's multi-value
    task). The answer is all numbers, in the order of the text, with commas between. The case's
    `needle` is where the first of them stands; the span "answers" has all, "fact" their sentences.
    A model may list them otherwise: `Rouge1Recall(threshold=0.99)` asks for all in any order.
    """
    draw = randomness(seed, count, values)
    quizzes = []
    for _ in range(count):
        told = keyed_numbers(draw, values)
        of_one_key = [(told[0][0], value) for _, value in told]
        quizzes.append(Quiz(of_one_key, list(range(values)), random_depths(draw, values)))
    return lucky_numbers("multi_value", quizzes, tokenizer, lengths, haystack, prompt, seed)


def multi_query(
    tokenizer: Any,
    lengths: Iterable[int],
    *,
    queries: int = 4,
    count: int = 10,
    haystack: Haystack | None = None,
    prompt: PromptFormat = AFTER_TEXT,
    seed: int = 0,
) -> list[Case]:
    """Several numbers that a text states, all asked for in one question, by their keys.

    As `multi_key`, but every sentence is asked for (RULER's multi-query task). The answer is all
    numbers, in the question's order, which is random, with commas between. The case's
    `needle` is where the first of them stands; the span "answers" has all in the question's order,
    "fact" their sentences in the order of the text.
    """
    draw = randomness(seed, count, queries)
    quizzes = [
        Quiz(
            keyed_numbers(draw, queries),
            draw.sample(range(queries), queries),
            random_depths(draw, queries),
        )
        for _ in range(count)
    ]
    return lucky_numbers("multi_query", quizzes, tokenizer, lengths, haystack, prompt, seed)
