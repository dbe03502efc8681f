"""The score files of Wu et al. 2024, such as head_score/llama-2-7b-80k.json."""

from pathlib import Path

from rh_lens.published.reference import flagged
from rh_lens.scores.head_scores import HeadScores


def wu2024(path: str | Path) -> HeadScores:
    """Retrieval scores of every run that passed, with the needle of each and its defects.

    The file is one line of {"layer-head": [score of each run]} and says nothing else. A run's
    needle shows in its numbers, which are multiples of 1 / tokens of the needle; runs in which no
    head scored take the needle of the runs around them. Every run is labelled with "needle",
    "span", "zero", "above_one" and "duplicate_of", so that a defect can be left out:
    `scores.where(zero=False, duplicate_of=None)`. See `audit` for their number.

    github.com/nightdessert/Retrieval_Head, arXiv:2404.15574. DeCoRe and CompressKV write the same.
    """
    return flagged(path, "retrieval score")
