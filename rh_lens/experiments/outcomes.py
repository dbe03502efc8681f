"""ErrorTypes: what a model said to each case, sorted by what was wrong with it."""

from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from rh_lens.cases.case import Labels
from rh_lens.experiments.gaze import REGIONS, Gaze
from rh_lens.heads import Head

Type = Literal["answered", "incomplete retrieval", "wrong extraction", "hallucination"]
TYPES: tuple[Type, ...] = get_args(Type)


@dataclass(frozen=True)
class Outcome:
    """What a model said to one case, and what kind of success or failure that is.

    Attributes:
        type: See `error_types`.
        said: The reply as text.
        recall: The share of the answer's tokens that the reply has, in any order (ROUGE-1 recall).
        held: The longest run of the answer's tokens in the reply, over the length of the answer.
        quoted: The longest run of the reply's tokens in the other text, over the same length.
        gaze: Where the heads looked meanwhile.
        labels: What is known of the case.
    """

    type: Type
    said: str
    recall: float
    held: float
    quoted: float
    gaze: Gaze
    labels: Labels


@dataclass(frozen=True, repr=False)
class ErrorTypes:
    """What a model said to each case, right or wrong, and where its retrieval heads looked.

    Attributes:
        outcomes: One per case.
        heads: Which heads were watched.
        how: The definition, the way of answering and the model.
    """

    outcomes: tuple[Outcome, ...]
    heads: tuple[Head, ...]
    how: str

    def frame(self) -> pd.DataFrame:
        """One row per case; "looks at" and "mass on" are those of `Gaze`."""
        return pd.DataFrame(
            {
                **outcome.labels,
                "type": outcome.type,
                "said": outcome.said,
                "recall": outcome.recall,
                "held": outcome.held,
                "quoted": outcome.quoted,
                **{f"looks at {region}": outcome.gaze.looks[region] for region in REGIONS},
                **{f"mass on {region}": outcome.gaze.mass[region] for region in REGIONS},
            }
            for outcome in self.outcomes
        )

    def counts(self, *by: str) -> pd.DataFrame:
        """How many cases ended in each way: in all, or by labels such as "length"."""
        frame = self.frame()
        if unknown := sorted(set(by) - set(frame)):
            raise ValueError(f"no case has the labels {unknown}: there are {list(frame)}")
        keys = [frame[label] for label in by] if by else [pd.Series("all", frame.index, name="")]
        counted = pd.crosstab(keys, frame["type"], dropna=False)
        return counted.reindex(columns=list(TYPES), fill_value=0)

    def looks(self) -> pd.DataFrame:
        """Where the heads looked hardest, on average over the cases of each type."""
        frame = self.frame().groupby("type")[[f"looks at {region}" for region in REGIONS]].mean()
        return frame.reindex([each for each in TYPES if each in frame.index])

    def __repr__(self) -> str:
        return "\n\n".join(
            [
                self.counts().to_string(),
                self.looks().to_string(float_format="{:.2f}".format),
                f"looks of {' '.join(map(str, self.heads))}; {self.how}",
            ]
        )
