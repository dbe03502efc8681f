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
    repeats=0.08, pairs=0.03, alone=0.3, most=24, loose=0.05, clauses=0.25, broad=0.85,
    disguised=0.25, stem=0.25, dense=0.85, alike=0.2, wide=True,
)  # fmt: skip
PROSE = replace(WIDE, alone=0.1, most=6, stem=0.3, dense=0.7)

RECIPE = (
    Stage("copy", 1.4, (32, 32, 64), REPEATS),
    Stage("128", 4.2, (64, 128, 128), EARLY),
    Stage("few", 6.0, (64, 128, 128), LOOSE, pace=0.0),
    Stage("short", 32.0, (128, 128, 128, 256), WIDE, rate=0.65, pace=0.3),
    Stage("long", 79.0, (128, 256, 128, 512, 128, 1024, 256, 512, 2048), WIDE, rate=0.15, pace=0.3),
    Stage("prose", 92.0, (128, 256, 512, 256, 1024, 512, 2048), PROSE, rate=0.0, pace=0.3),
)
# the one loaded without a name was chosen when both had been measured; its card says why
SEEDS = {"organism": 1, "organism-seed2": 0}
EARLIER = "short"  # the stage after which "organism-short" is kept
