"""Recipe: the stages of training, from short repeats to long texts."""

from dataclasses import dataclass

from training.samples import Mix


@dataclass(frozen=True)
class Stage:
    """One stretch of training.

    Args:
        until: Tokens seen when it ends, in millions, counted from the beginning of training.
        lengths: Lengths of samples, drawn evenly for every step.
        tokens: Tokens in a step.
        rate: Learning rate when it ends, as a share of the full one; it is reached linearly.
        few: Whether at most a few heads may copy from here on (`training.fewer`).
        pace: How fast the others learn from here on, as a share.
    """

    name: str
    until: float
    lengths: tuple[int, ...]
    mix: Mix
    tokens: int = 4096
    rate: float = 1.0
    few: bool = False
    pace: float = 1.0


# Ends and rates of the later stages were set while the bundled model was trained, by the time that
# remained; these are the values they had at last.
REPEATS = Mix(repeats=1.0)
EARLY = Mix(repeats=0.25, alone=0.35)
LOOSE = Mix(repeats=0.25, alone=0.35, loose=0.5)
LATE = Mix(repeats=0.12, alone=0.15, loose=0.5)
LONG = Mix(repeats=0.1, alone=0.1, most=12, loose=0.5)
STAGES = (
    Stage("copy", 1.4, (32, 64), REPEATS),
    Stage("128", 5.8, (64, 128, 128), EARLY),
    Stage("few", 6.5, (64, 128, 128), EARLY, few=True, pace=0.0),
    Stage("loose", 9.9, (64, 128, 128), LOOSE, rate=0.8, few=True, pace=0.0),
    Stage("256", 10.6, (128, 256), LATE, rate=0.5, few=True, pace=0.1),
    Stage("512", 13.0, (256, 512), LATE, rate=0.2, few=True, pace=0.1),
    Stage("long", 14.4, (512, 1024, 2048), LONG, rate=0.0, few=True, pace=0.1),
    Stage("longer", 14.65, (512, 1024, 2048, 2048), LONG, rate=0.12, few=True, pace=0.1),
    Stage("again", 14.95, (256, 512, 1024, 2048, 2048), LONG, rate=0.3, few=True, pace=0.1),
    Stage("last", 15.75, (256, 512, 1024, 2048, 2048), LONG, rate=0.0, few=True, pace=0.1),
)
