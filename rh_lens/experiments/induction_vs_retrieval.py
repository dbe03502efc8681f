"""Are the retrieval heads the induction heads?"""

from dataclasses import dataclass

from rh_lens.experiments.compare import compare
from rh_lens.heads import Head
from rh_lens.scores.head_scores import HeadScores


@dataclass(frozen=True, repr=False)
class Quadrants:
    """Which heads are retrieval heads, induction heads, or both.

    Attributes:
        thresholds: From which score on a head counts, of retrieval and of induction.
        both: Strongest in retrieval first, as `retrieval_only`.
        retrieval_only: Retrieval heads that are no induction heads.
        induction_only: Induction heads that are no retrieval heads, strongest first.
        neither: How many heads are none of them.
        unmeasured: How many heads have not both scores; they are in no quadrant.
    """

    thresholds: tuple[float, float]
    both: tuple[Head, ...]
    retrieval_only: tuple[Head, ...]
    induction_only: tuple[Head, ...]
    neither: int
    unmeasured: int

    @property
    def chance(self) -> float:
        """How many heads would be both if one had nothing to do with the other."""
        n_both = len(self.both)
        retrieval, induction = n_both + len(self.retrieval_only), n_both + len(self.induction_only)
        measured = retrieval + len(self.induction_only) + self.neither
        return retrieval * induction / measured

    def __repr__(self) -> str:
        at = f"retrieval >= {self.thresholds[0]}, induction >= {self.thresholds[1]}"
        return "\n".join(
            [
                f"both            {_listed(self.both)} (by chance {self.chance:.2g})",
                f"retrieval only  {_listed(self.retrieval_only)}",
                f"induction only  {_listed(self.induction_only)}",
                f"neither         {self.neither}",
                f"{at}; {self.unmeasured} heads without both scores",
            ]
        )


def induction_vs_retrieval(
    retrieval: HeadScores,
    induction: HeadScores,
    *,
    retrieval_threshold: float = 0.1,
    induction_threshold: float = 0.1,
) -> Quadrants:
    """Sort heads into retrieval heads, induction heads, both and neither.

    A head counts if its mean score is the threshold or more. 0.1 is what Wu et al. (2024) ask of a
    retrieval head; there is no such convention for induction, which gets the same.
    """
    pair = compare(retrieval=retrieval, induction=induction).scores
    mean = [pair[name].mean for name in ("retrieval", "induction")]
    measured = ~(mean[0].isnan() | mean[1].isnan())
    if not measured.any():
        raise ValueError("no head has both scores: score the same heads for each")
    copies = [head for head in pair["retrieval"].above(retrieval_threshold) if measured[head]]
    induces = [head for head in pair["induction"].above(induction_threshold) if measured[head]]
    n_measured = int(measured.sum())
    return Quadrants(
        thresholds=(retrieval_threshold, induction_threshold),
        both=tuple(head for head in copies if head in induces),
        retrieval_only=tuple(head for head in copies if head not in induces),
        induction_only=tuple(head for head in induces if head not in copies),
        neither=n_measured - len({*copies, *induces}),
        unmeasured=measured.numel() - n_measured,
    )


def _listed(heads: tuple[Head, ...]) -> str:
    return f"{len(heads)}: {' '.join(map(str, heads))}" if heads else "0"
