"""Recipe: the stages of training of every seed, from short repeats to long texts."""

from dataclasses import dataclass, replace

from training.samples import Mix


@dataclass(frozen=True)
class Stage:
    """One stretch of training.

    Args:
        until: Tokens seen when it ends, in millions, counted from the beginning of training.
        lengths: Lengths of samples, a step each in turn.
        rate: Learning rate when it ends, as a share of the full one; it is reached linearly.
        pace: How fast all heads but a few that copy already learn to copy (`training.fewer`), as a
            share of the learning rate.
    """

    name: str
    until: float
    lengths: tuple[int, ...]
    mix: Mix
    rate: float = 1.0
    pace: float = 1.0


REPEATS = Mix(repeats=1.0)
EARLY = Mix(repeats=0.25, alone=0.35)
LOOSE = Mix(repeats=0.25, alone=0.35, loose=0.5)
WIDE = Mix(
    repeats=0.08, pairs=0.03, alone=0.3, most=10, loose=0.1, clauses=0.35, broad=0.85, stem=0.25,
    dense=0.7, alike=0.2, wide=True,
)  # fmt: skip
DISGUISED = replace(WIDE, disguised=0.25)
WIDEST = replace(DISGUISED, loose=0.05, clauses=0.2, more=True)
DENSE = replace(WIDEST, most=24, dense=0.85, stem=0.2)
LENGTHS = (128, 256, 128, 512, 128, 1024, 256, 512, 2048)

RECIPE = (
    Stage("copy", 1.4, (32, 32, 64), REPEATS),
    Stage("128", 4.2, (64, 128, 128), EARLY),
    Stage("few", 6.0, (64, 128, 128), LOOSE, pace=0.0),
    Stage("short", 36.0, (128, 128, 128, 128, 128, 256), WIDE, rate=0.65, pace=0.3),
    Stage("long", 54.0, (128, 128, 256, 128, 512, 128, 1024, 256, 2048), WIDE, rate=0.0, pace=0.3),
    Stage("again", 57.0, LENGTHS, DISGUISED, rate=0.65, pace=0.3),
    Stage("more", 85.0, LENGTHS, WIDEST, rate=0.0, pace=0.3),
    Stage("once more", 85.5, LENGTHS, DENSE, rate=0.35, pace=0.3),
    Stage("dense", 105.0, LENGTHS, DENSE, rate=0.0, pace=0.3),
)
# the one loaded without a name was chosen when both had been measured; its card says why
SEEDS = {"organism": 0, "organism-seed2": 1}
EARLIER = "short"  # the stage after which "organism-short" is kept
