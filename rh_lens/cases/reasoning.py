"""Reasoning: sums of several steps, with the steps worked out in the prompt or without."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.invented import FIRST_NAMES, SURNAMES
from rh_lens.cases.passage import Passage, check_spelling, stating
from rh_lens.cases.pose import pose
from rh_lens.cases.prompt import Prompt, PromptFormat
from rh_lens.cases.sums import Sum, draw_sum

Form = Literal["direct", "steps"]
ADD_UP = Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
MOST = 12  # people or examples in a prompt, and steps of a sum


def reasoning(
    tokenizer: Any,
    *,
    steps: Iterable[int] = (2, 3),
    forms: Iterable[Form] = ("direct", "steps"),
    people: int = 2,
    examples: int = 2,
    count: int = 10,
    prompt: PromptFormat = ADD_UP,
    seed: int = 0,
) -> list[Case]:
    """Sums of k steps about invented people, each once to work out and once to copy.

    "Alva Corvane has $34. Alva Corvane finds $5. Alva Corvane lends $8." In the form "direct" that
    is all, and the answer stands nowhere. In the form "steps" the sum is worked out below, "$34 +
    $5 = $39. After $39 - $8, Alva Corvane ends with $31.", as by a model that thinks step by step,
    and the answer can be copied. The two differ in nothing else. Wu et al. 2024 (Fig. 10) ask as
    much of GSM8K: without its retrieval heads a model fails with a chain of thought, and does as
    well as ever without one.

    Args:
        steps: How many additions and subtractions a sum has; `count` sums for each.
        people: How many sums a prompt tells, of which it asks for one, so that the last number is
            not always the answer.
        examples: How many solved sums of the same form come before, at most 12.

    Returns:
        Cases with the spans "haystack" (all that comes before the question), "problem" (what is
        told of the one asked for), "examples" (if any), in the form "steps" also "steps" (the sum
        worked out) and "fact" (its last sentence), and "question"; and the labels task, steps,
        form, people, examples, seed, tokens and needle (the question, the same in both forms). The
        case's `needle` is empty in the form "direct".
    """
    sizes, wanted = list(steps), list(forms)
    if (
        not sizes or not wanted or set(wanted) - set(get_args(Form))
        or not all(1 <= size <= MOST for size in sizes)
        or not 1 <= people <= MOST or not 0 <= examples <= MOST or count < 1
    ):  # fmt: skip
        raise ValueError(
            f"got steps={sizes}, forms={wanted}, people={people}, examples={examples} and "
            f"count={count}: ask for 1 to {MOST} steps and people, at most {MOST} examples, forms "
            f"among {get_args(Form)}, and at least one sum"
        )
    draw = random.Random(seed)
    labels: Labels = {"task": "reasoning", "people": people, "examples": examples, "seed": seed}
    names = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES]
    if count * len(sizes) > len(names) // 2:
        raise ValueError(
            f"there are names for {len(names) // 2} sums, got {count * len(sizes)}: ask for fewer"
        )
    asked = draw.sample(names, count * len(sizes))
    others = [name for name in names if name not in asked]
    cases = []
    for number, name in enumerate(asked):
        size = sizes[number // count]
        page = _page(draw, name, draw.sample(others, people - 1 + examples), size, people)
        own: Labels = {**labels, "steps": size}
        cases += [_case(tokenizer, page, form, prompt, own) for form in wanted]
    return cases


@dataclass(frozen=True)
class Page:
    """The sums of a prompt: the one asked for among others, and solved ones before."""

    asked: Sum
    told: tuple[Sum, ...]
    examples: tuple[Sum, ...]


def _page(draw: random.Random, name: str, others: list[str], size: int, people: int) -> Page:
    """A page on which the answer stands nowhere else."""
    while True:
        sums = [draw_sum(draw, each, size) for each in [name, *others]]
        asked, told = sums[0], sums[:people]
        used = [n for each in sums for n in (each.start, *each.totals, *map(abs, each.changes))]
        if used.count(asked.totals[-1]) == 1:
            draw.shuffle(told)
            return Page(asked, tuple(told), tuple(sums[people:]))


def _case(tokenizer: Any, page: Page, form: Form, prompt: PromptFormat, labels: Labels) -> Case:
    asked = page.asked
    shown = Passage("".join(_example(each, form, prompt) for each in page.examples))
    text = _told(page.told, asked, form)
    haystack = shown.named("examples") + text if page.examples else text
    filled = prompt.fill(haystack, asked.question, asked.stem)
    tokens, spans = prompt.tokenize(tokenizer, filled)
    own: Labels = {**labels, "form": form, "needle": asked.question}
    if form == "steps":
        return pose(tokenizer, tokens, spans, asked.answer, own)
    stated, within = stating(asked.stem + asked.answer, asked.answer).tokenize(tokenizer, bos=False)
    (said,) = within["answer"]
    answer = stated[said.start : said.stop]
    check_spelling(tokenizer, answer, asked.answer)
    kept = {name: at for name, at in spans.items() if name != "stem"}
    return Case(tokens, answer, range(0), {**own, "tokens": len(tokens)}, kept)


def _told(sums: Iterable[Sum], asked: Sum, form: Form) -> Passage:
    """What happened to each, and in the form "steps" what comes out for each, one a line."""
    lines = [
        Passage(each.problem).named("problem") if each is asked else Passage(each.problem)
        for each in sums
    ]
    if form == "steps":
        lines += [
            each.worked.named("steps") if each is asked else Passage(each.worked.text)
            for each in sums
        ]
    text = lines[0]
    for line in lines[1:]:
        text += Passage("\n") + line
    return text


def _example(solved: Sum, form: Form, prompt: PromptFormat) -> str:
    """A sum of one person, asked and answered."""
    filled = prompt.fill(Passage(_told([solved], solved, form).text), solved.question, solved.stem)
    return f"{filled.text}{solved.answer}.\n\n"
