"""Needle in a haystack: hide needles at chosen depths of prompts of chosen lengths."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.needle import Needle
from rh_lens.cases.passage import check_spelling, stating
from rh_lens.cases.prompt import Prompt, PromptFormat


def niah(
    tokenizer: Any,
    needles: Sequence[Needle],
    haystack: Haystack,
    lengths: Iterable[int],
    depths: Iterable[float | int],
    *,
    prompt: PromptFormat = Prompt(),
) -> list[Case]:
    """Every needle, hidden at every depth of a prompt of every length.

    The haystack is read from its beginning and cut to fit. The needle is inserted between two
    sentences, the nearest to the depth asked for; at least one sentence (or, at the end, what the
    length left of one) stands on either side, so a needle touches neither BOS nor question. It is
    spaced like the sentence before it, but one that its answer opens never begins a line, where
    most tokenizers would spell the answer otherwise than a reply does.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below.
        depths: Share of the haystack that comes before the needle, from 0 to 1. What was reached is
            the label `realised_depth`.

    Returns:
        Cases with the spans "haystack", "fact" and "question", and the labels task, length, depth,
        realised_depth, tokens, needle (its question) and kind. The case's `needle` is where the
        answer stands in the fact.

    Raises:
        ValueError: A length that cannot hold its needle, a haystack too short for a length, or two
            settings that give the same prompt.
    """
    lengths, depths = list(lengths), [float(depth) for depth in depths]
    check_grid(len(needles), lengths, depths)
    hay = Hay.of(tokenizer, haystack, max(lengths))
    cases = [
        hide(hay, needle, length, depth, prompt)
        for needle in needles
        for length in lengths
        for depth in depths
    ]
    refuse_duplicates(cases)
    return cases


def check_grid(count: int, lengths: Sequence[int], depths: Sequence[float]) -> None:
    """Refuse a grid of cases with an empty side, or with depths that are no depths."""
    if not (count and lengths and depths):
        raise ValueError(
            f"got {count} needles, {len(lengths)} lengths and {len(depths)} depths: "
            "give at least one of each"
        )
    if wrong := [depth for depth in depths if not 0 <= depth <= 1]:
        raise ValueError(f"depths {wrong} are no shares of the haystack: give numbers from 0 to 1")


def hide(hay: Hay, needle: Needle, length: int, depth: float, prompt: PromptFormat) -> Case:
    """One needle at one depth of one prompt."""
    fact = stating(needle.fact, needle.answer)
    tokens, spans = hay.around([(fact, depth)], length, needle.question, prompt, stem=needle.stem)
    (whole,), (told,), (answer,), (asked,) = (
        spans[name] for name in ("haystack", "fact", "answer", "question")
    )
    for span, text in ((told, needle.fact), (answer, needle.answer), (asked, needle.question)):
        check_spelling(hay.tokenizer, tokens[span.start : span.stop], text)
    return Case(
        tokens=tokens,
        answer=tokens[answer.start : answer.stop],
        needle=answer,
        spans={"haystack": (whole,), "fact": (told,), "question": (asked,)},
        labels={
            "task": "niah",
            "length": length,
            "depth": depth,
            "realised_depth": round((told.start - whole.start) / (len(whole) - len(told)), 4),
            "tokens": len(tokens),
            "needle": needle.question,
            "kind": needle.kind,
        },
    )


def refuse_duplicates(cases: Sequence[Case]) -> None:
    """Two identical prompts count one observation twice."""
    settings: dict[tuple[int, ...], list[Labels]] = defaultdict(list)
    for case in cases:
        settings[tuple(case.tokens.tolist())].append(case.labels)
    same = [labels for labels in settings.values() if len(labels) > 1]
    if same:
        named = "; ".join(
            " = ".join(f"(length {at['length']}, depth {at['depth']})" for at in labels)
            + f" of {labels[0]['needle']!r}"
            for labels in same[:5]
        )
        raise ValueError(
            f"{len(same)} prompts occur more than once: {named}. "
            "Depths closer than a sentence give the same prompt: ask for fewer depths, greater "
            "lengths or different needles"
        )
