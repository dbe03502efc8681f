"""Rouge1Recall: the gate of Wu et al. 2024, in a file of its own because nltk is slow to import."""

import re
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.gate import Gate

# Thai and Lao, kana, and Chinese characters stand without spaces, so each counts as a word
UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")


@dataclass(frozen=True)
class Rouge1Recall(Gate):
    """More than `threshold` of the answer's words occur in the reply (Wu et al. 2024 use 0.5).

    ROUGE-1 recall with Porter stemming, by the `rouge-score` library. On English it equals what the
    reference computes; elsewhere its default would drop every letter but a-z, so words here are
    runs of letters and digits of any script, and single characters where a script has no spaces.
    """

    threshold: float = 0.5

    def passes(self, said: Int[Tensor, " step"], case: Case, tokenizer: Any) -> bool:
        if tokenizer is None:
            raise ValueError(
                "Rouge1Recall compares words, and this model has no tokenizer: use ExactMatch()"
            )
        target, prediction = (
            tokenizer.decode(tokens.tolist(), skip_special_tokens=True)
            for tokens in (case.answer, said)
        )
        scorer = RougeScorer(["rouge1"], tokenizer=StemmedWords())
        return bool(scorer.score(target, prediction)["rouge1"].recall > self.threshold)


class StemmedWords:
    """The tokenizer that `rouge-score` asks for."""

    def tokenize(self, text: str) -> list[str]:
        stem = PorterStemmer().stem
        words = WORD.findall(text.lower())
        return [stem(word) if len(word) > 3 else word for word in words]
