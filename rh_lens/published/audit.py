"""What can be known of a reference score file: its runs, its needles and its defects."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rh_lens.heads import Head
from rh_lens.published.reference import flagged
from rh_lens.scores.head_scores import HeadScores


@dataclass(frozen=True, repr=False)
class Audit:
    """Counts of what a score file holds.

    Attributes:
        source: Name of the file.
        shape: Layers, heads.
        runs: Runs that passed; failed ones are not in such files.
        distinct: Different ones among them. Runs at several depths that are equal number for number
            had the same prompt.
        zero: Runs in which no head scored.
        above_one: Runs in which a head scored more than 1, which no share can.
        needles: Runs of each needle.
        unknown: Runs whose needle cannot be told.
        bins: Share of the heads in each bin of Wu et al. 2024, Fig. 3.
        retrieval_heads: Heads with a mean of 0.1 or more, strongest first.
        always_active: Heads that scored in every run, strongest first.
    """

    source: str
    shape: tuple[int, int]
    runs: int
    distinct: int
    zero: int
    above_one: int
    needles: Mapping[str, int]
    unknown: int
    bins: Mapping[str, float]
    retrieval_heads: tuple[Head, ...]
    always_active: tuple[Head, ...]

    @property
    def duplicates(self) -> int:
        """Runs that repeat an earlier one."""
        return self.runs - self.distinct

    @property
    def defects(self) -> list[str]:
        """What is wrong with the file, a sentence each."""
        found = {
            "runs that repeat another number for number, as from the same prompt": self.duplicates,
            "runs in which no head scored, as if no needle had been found": self.zero,
            "runs with a head above 1, which no share of a needle can be": self.above_one,
            "runs that do not tell their needle": self.unknown,
        }
        said = [f"{what}: {count}" for what, count in found.items() if count]
        if len(self.needles) == 1:
            said.append("all runs share one needle: another may have other heads")
        return said

    def __repr__(self) -> str:
        layers, heads = self.shape
        lines = [
            f"{self.source}: {self.runs} runs of {layers} layers of {heads} heads",
            f"distinct runs    {self.distinct}",
            f"without a score  {self.zero}",
            f"score above 1    {self.above_one}",
            *(f"{runs:4} runs of a {needle}" for needle, runs in self.needles.items()),
            "heads by score   " + ", ".join(f"{bin} {of:.1%}" for bin, of in self.bins.items()),
            f"0.1 or more      {len(self.retrieval_heads)} heads: {_some(self.retrieval_heads)}",
            f"always active    {len(self.always_active)} heads: {_some(self.always_active)}",
            *(f"! {defect}" for defect in self.defects),
        ]
        return "\n".join(lines)


def audit(path: str | Path) -> Audit:
    """Count the runs, needles and defects of a score file in the reference's format."""
    scores = flagged(path, "retrieval score")
    bins = scores.bins()
    return Audit(
        source=Path(path).name,
        shape=(scores.values.shape[1], scores.values.shape[2]),
        runs=len(scores.labels),
        distinct=_count(scores, "duplicate_of", None),
        zero=_count(scores, "zero", True),
        above_one=_count(scores, "above_one", True),
        needles=_needles(scores),
        unknown=sum("needle" not in labels for labels in scores.labels),
        bins={str(bin): count / bins.sum() for bin, count in bins.items()},
        retrieval_heads=tuple(scores.above(0.1)),
        always_active=tuple(h for h in scores.ranking() if scores.activation_frequency[h] == 1),
    )


def _count(scores: HeadScores, label: str, value: bool | None) -> int:
    return sum(labels[label] is value for labels in scores.labels)


def _needles(scores: HeadScores) -> dict[str, int]:
    runs: dict[str, int] = {}
    for labels in scores.labels:
        if "needle" in labels:
            needle = str(labels["needle"])
            runs[needle] = runs.get(needle, 0) + 1
    return runs


def _some(heads: tuple[Head, ...]) -> str:
    return " ".join(map(str, heads[:20])) + (" ..." if len(heads) > 20 else "")
