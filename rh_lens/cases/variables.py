"""Variable tracking: a number passed on from variable to variable, scattered over a text."""

import random
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rh_lens.cases.case import Case, Labels
from rh_lens.cases.hay import Hay
from rh_lens.cases.haystack import Haystack
from rh_lens.cases.niah import check_grid
from rh_lens.cases.passage import Passage, stating
from rh_lens.cases.pose import pose
from rh_lens.cases.prompt import Prompt, PromptFormat

TRACK = Prompt(
    "Some lines of this text pass a number on from variable to variable.\n\n"
    "{haystack}\n\n{question} {stem}"
)
MOST = 16  # chains in a prompt


def variables(
    tokenizer: Any,
    lengths: Iterable[int],
    *,
    hops: Iterable[int] = (1, 2, 4),
    chains: int = 2,
    count: int = 10,
    haystack: Haystack | None = None,
    prompt: PromptFormat = TRACK,
    seed: int = 0,
) -> list[Case]:
    """The number that a variable has from another variable, which has it from another.

    Lines "VAR QKZTM = 48213.", "VAR BXWAL = VAR QKZTM.", ... stand at random depths of a text,
    those of one chain in their order; the question asks for the number in the last variable. After
    RULER (Hsieh et al. 2024, arXiv:2404.06654), which asks the other way round, for all variables
    that hold a number (4 hops, one chain): the number stands in one place, `needle`, and to find it
    a model must follow the chain back.

    Args:
        lengths: Tokens of the whole prompt, hit to within 2 % from below.
        hops: How often the number is passed on; 0 asks for the variable that is given it.
        chains: How many chains of that length there are; the others are distractors.
        count: Cases for each number of hops, the same at every length.
        haystack: The text around the lines. None: the bundled one.

    Returns:
        Cases with the spans "haystack", "hop 0" (the line that states the number), "hop 1" and so
        on, "fact" (the same as "hop 0"), "distractors" (the lines of other chains, if any)
        and "question", and the labels task, length, hops, chains, seed, tokens and needle (the
        variable asked for).
    """
    lengths, hops = list(lengths), list(hops)
    check_grid(count, lengths, [0.0])
    if not hops or min(hops) < 0 or count < 1 or not 1 <= chains <= MOST:
        raise ValueError(
            f"got hops={hops}, chains={chains} and count={count}: ask for hops of 0 or more, 1 to "
            f"{MOST} chains, and at least one case"
        )
    draw = random.Random(seed)
    puzzles = [_puzzle(draw, passed_on, chains) for passed_on in hops for _ in range(count)]
    hay = Hay.of(tokenizer, haystack or Haystack(), max(lengths))
    labels: Labels = {"task": "variables", "chains": chains, "seed": seed}
    return [_case(hay, puzzle, length, prompt, labels) for puzzle in puzzles for length in lengths]


@dataclass(frozen=True)
class Puzzle:
    """Lines and their depths, and the variable whose number they give away."""

    lines: list[tuple[Passage, float]]
    hops: int
    asked: str
    number: str


def _puzzle(draw: random.Random, hops: int, chains: int) -> Puzzle:
    size = 1 + hops
    drawn = iter(_names(draw, size * chains))
    names = [[next(drawn) for _ in range(size)] for _ in range(chains)]
    numbers = [str(number) for number in draw.sample(range(10_000, 100_000), chains)]
    turns = [chain for chain in range(chains) for _ in range(size)]
    draw.shuffle(turns)
    lines = []
    for turn, chain in enumerate(turns):
        hop = turns[:turn].count(chain)
        source = f"VAR {names[chain][hop - 1]}" if hop else numbers[chain]
        line = f"VAR {names[chain][hop]} = {source}."
        if chain:
            lines.append(Passage(line).named("distractors"))
        else:
            told = Passage(line) if hop else stating(line, source)
            lines.append(told.named(f"hop {hop}"))
    depths = sorted(draw.random() for _ in lines)
    return Puzzle(list(zip(lines, depths, strict=True)), hops, names[0][-1], numbers[0])


def _case(hay: Hay, puzzle: Puzzle, length: int, prompt: PromptFormat, labels: Labels) -> Case:
    question = f"Which number is in VAR {puzzle.asked}, given to it there or passed on?"
    stem = f"The number in VAR {puzzle.asked} is"
    tokens, spans = hay.around(puzzle.lines, length, question, prompt, stem=stem)
    grid: Labels = {"length": length, "hops": puzzle.hops, "needle": puzzle.asked}
    return pose(hay.tokenizer, tokens, spans, puzzle.number, {**labels, **grid})


def _names(draw: random.Random, count: int) -> list[str]:
    """Different names of five capital letters."""
    letters = string.ascii_uppercase
    codes = draw.sample(range(26**5), count)
    return ["".join(letters[code // 26**place % 26] for place in range(5)) for code in codes]
