"""Lists: templates that are files, of which some are kept out of training.

A template a line, under headings that say what its answers are.
"""

from pathlib import Path

from training import values as v
from training.templates import FIGURES, NAMES, PLACES, THINGS, Kind, Template, parse

KINDS: dict[str, tuple[Kind, ...]] = {
    "ANY": v.ANY,
    "NAMES": (*NAMES, v.person),
    "THINGS": THINGS,
    "PLACES": PLACES,
    "FIGURES": FIGURES,
    "AMOUNT": (v.amount,),
    "DATE": (v.date,),
    "MOMENT": (v.moment,),
    "REASON": (v.reason,),
    "TASK": (v.task,),
    "AIM": (v.aim,),
}
FOLDER = Path(__file__).parent


def read(path: Path) -> list[Template]:
    """The templates of one file."""
    parts = (part.split("]") for part in path.read_text(encoding="utf-8").split("[")[1:])
    return [template for kind, lines in parts for template in parse(lines, KINDS[kind])]


def read_all(folder: Path) -> list[Template]:
    return [template for path in sorted(folder.glob("*.txt")) for template in read(path)]


FACTS = read_all(FOLDER / "facts")
MORE = read_all(FOLDER / "more")
WATCHED = FACTS[::16]  # how training gets on is seen by these
BROAD = [template for at, template in enumerate(FACTS) if at % 16] + MORE
HELD_OUT = read(FOLDER / "unseen" / "held_out.txt")  # served for development
CLEAN = read(FOLDER / "unseen" / "clean.txt")  # for the card alone
