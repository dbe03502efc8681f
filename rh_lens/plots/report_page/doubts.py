"""Doubts: what a reader must know before believing scores."""

from rh_lens.scores.head_scores import HeadScores

FEW_CASES, FEW_NEEDLES, FEW_ANSWERED = 20, 5, 0.5


def doubts(scores: HeadScores) -> list[str]:
    """Sentences about what weakens these scores; none if nothing does."""
    passed, asked = counted(scores)
    values, clusters = scores.measured()
    if not len(values):
        return [
            f"No case earned a result: the model answered {passed} of {asked} cases, and no head "
            "was measured. There are no retrieval heads to report."
        ]
    told = []
    if passed < FEW_ANSWERED * asked:
        told.append(
            f"The model answered only {passed} of {asked} cases ({passed / asked:.0%}). Scores are "
            "means over those: they say nothing of the cases that it failed."
        )
    if len(values) < FEW_CASES:
        told.append(
            f"The scores rest on {len(values)} {'case' if len(values) == 1 else 'cases'}. "
            f"Fewer than {FEW_CASES} tell the strongest heads from the rest, but not from each "
            "other."
        )
    needles = len(set(clusters))
    if needles < 2:
        told.append(
            "All cases are about one needle, so nothing is known of the next: there are no "
            "intervals."
        )
    elif needles < FEW_NEEDLES:
        told.append(
            f"The cases are about {needles} needles: intervals drawn from so few are too narrow."
        )
    return told


def counted(scores: HeadScores) -> tuple[int, int]:
    """How many cases the model answered, of how many."""
    rates = scores.pass_rate()
    return int(rates["passed"].sum()), int(rates["asked"].sum())
