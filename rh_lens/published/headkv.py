"""The score files of HeadKV (Fu et al. 2024), which are in the reference's format."""

from pathlib import Path

from rh_lens.published.reference import flagged
from rh_lens.scores.head_scores import HeadScores


def headkv(path: str | Path) -> HeadScores:
    """HeadKV's score of every run, with the defects of each, as `wu2024` labels them.

    A file of "retrieval_heads" holds R1, the retrieval score of Wu et al.; one of
    "retrieval_reasoning_heads" holds R2, attention to the needle among the strongest keys. R2 is
    no count of tokens, so the needle of its runs cannot be told.

    github.com/FYYFU/HeadKV, arXiv:2410.19258.
    """
    return flagged(path, "HeadKV score")
