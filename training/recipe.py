"""Recipe: the stages of training, from short repeats to long texts."""

from dataclasses import dataclass, replace

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
        half: Whether to multiply in bfloat16.
    """

    name: str
    until: float
    lengths: tuple[int, ...]
    mix: Mix
    tokens: int = 4096
    rate: float = 1.0
    few: bool = False
    pace: float = 1.0
    half: bool = False


# Ends and rates from "few" on were set while the bundled model was trained, by what it could do and
# by the time that remained; these are the values they had at last. Stages "broad" and "single" read
# nothing longer than 256 tokens, and the model forgot how to; "far" had steps of 4096 tokens and
# fewer repeats for its first 0.53 million tokens. Stages "wide" to "settled" have all lengths.
REPEATS = Mix(repeats=1.0)
EARLY = Mix(repeats=0.25, alone=0.35)
LOOSE = Mix(repeats=0.25, alone=0.35, loose=0.5)
LATE = Mix(repeats=0.12, alone=0.15, loose=0.5)
LONG = Mix(repeats=0.1, alone=0.1, most=12, loose=0.5)
WARM = Mix(repeats=0.08, alone=0.45, loose=0.5, stem=0.1, dense=0.8)
BROAD = Mix(
    repeats=0.05, pairs=0.03, alone=0.65, loose=0.2, clauses=0.4, broad=0.75, stem=0.08, dense=0.85
)
SINGLE = replace(BROAD, alike=0.12, alone=0.5, loose=0.15, clauses=0.4, broad=0.65)
FAR = replace(SINGLE, repeats=0.15, alone=0.25, most=12)
WIDE = Mix(
    repeats=0.08, pairs=0.03, alone=0.3, most=10, loose=0.15, clauses=0.4, broad=0.6, stem=0.25,
    dense=0.7, alike=0.2,
)  # fmt: skip
DISTANT = replace(WIDE, stem=0.35, most=12)
SHORT = (128, 128, 128, 256)
EVERY = (128, 256, 512, 128, 1024, 256, 512, 2048)
LAST = (512, 1024, 2048, 2048)
LATER = {"few": True, "pace": 0.3, "half": True}

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
    Stage("warm", 16.5, (128, 256, 256, 512), WARM, rate=0.5, **LATER),
    Stage("broad", 18.7, SHORT, BROAD, tokens=3072, rate=0.6, **LATER),
    Stage("single", 21.2, SHORT, SINGLE, tokens=3072, rate=0.35, **LATER),
    Stage("far", 22.7, (256, 512, 512, 1024, 1024, 2048), FAR, tokens=2048, rate=0.0, **LATER),
    Stage("wide", 24.5, EVERY, WIDE, rate=0.6, **LATER),
    Stage("wider", 45.0, EVERY, WIDE, rate=0.4, **LATER),
    Stage("settled", 59.0, EVERY, WIDE, rate=0.0, **LATER),
    Stage("distant", 59.8, LAST, DISTANT, rate=0.25, **LATER),
    Stage("arrived", 62.5, LAST, DISTANT, rate=0.0, **LATER),
)
