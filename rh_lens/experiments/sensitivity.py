"""How much does the list of retrieval heads depend on the definition?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal, NamedTuple, get_args

import pandas as pd
import torch

from rh_lens.cases.case import Case
from rh_lens.experiments.progress import watched
from rh_lens.heads import Head
from rh_lens.model.gate import ExactMatch, Gate
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy
from rh_lens.scorers.over import Over
from rh_lens.scorers.retrieval import RetrievalScore
from rh_lens.scorers.scorer import Scorer, judge
from rh_lens.scores.head_scores import HeadScores

Pairing = Literal["next_step", "same_step"]
Keys = Literal["all", "prompt", "haystack"]
Counting = Literal["positions", "steps", "set"]
OPTIONS = get_args(Pairing), get_args(Keys), get_args(Counting)


class Definition(NamedTuple):
    """One choice for every knob of the retrieval score."""

    pairing: Pairing = "next_step"
    keys: Keys = "all"
    counting: Counting = "positions"
    span: str = "needle"
    gate: str = repr(ExactMatch())

    @property
    def scorer(self) -> Scorer:
        """The scorer of this definition; the gate is applied to its cases."""
        own = RetrievalScore(counting=self.counting, keys=self.keys, pairing=self.pairing)
        return own if self.span == "needle" else Over(own, self.span)


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity:
    """The same replies, scored under every combination of the score's options."""

    scores: Mapping[Definition, HeadScores]
    baseline: Definition = Definition()

    def top(self, count: int) -> dict[Definition, set[Head]]:
        """The `count` strongest heads under each definition; heads that score 0 are left out."""
        return {
            definition: {head for head in scores.top(count) if scores[head] > 0}
            for definition, scores in self.scores.items()
        }

    def frame(self, count: int) -> pd.DataFrame:
        """One row per definition: which heads enter and leave the baseline's top `count`."""
        tops = self.top(count)
        usual = tops[self.baseline]
        return pd.DataFrame(
            {
                **definition._asdict(),
                "cases": int(self.scores[definition].pass_rate()["passed"].iloc[0]),
                "heads": len(heads),
                "jaccard": jaccard(heads, usual),
                "enter": " ".join(map(str, sorted(heads - usual))),
                "leave": " ".join(map(str, sorted(usual - heads))),
            }
            for definition, heads in tops.items()
        )

    def knobs(self, count: int) -> pd.Series:
        """How far each knob alone moves the top `count`: 1 - Jaccard, averaged over all pairs of
        definitions that differ in that knob and in no other. Largest first."""
        tops = self.top(count)
        moved: dict[str, list[float]] = {knob: [] for knob in Definition._fields}
        for one, other in combinations(tops, 2):
            differing = [knob for knob in moved if getattr(one, knob) != getattr(other, knob)]
            if len(differing) == 1:
                moved[differing[0]].append(1 - jaccard(tops[one], tops[other]))
        means = {knob: sum(moves) / len(moves) for knob, moves in moved.items() if moves}
        return pd.Series(means, name=f"moves the top {count}").sort_values(ascending=False)

    def __repr__(self) -> str:
        return f"{self.knobs(10).to_string(float_format='{:.3f}'.format)}\n\n{self.frame(10)}"


def jaccard(one: set[Head], other: set[Head]) -> float:
    """Shared heads over all heads of both; two empty lists are the same list."""
    return len(one & other) / len(one | other) if one | other else 1.0


def sensitivity(
    model: Model,
    cases: Sequence[Case],
    *,
    gates: Sequence[Gate] = (ExactMatch(),),
    spans: Sequence[str] = ("needle", "fact"),
    answering: Answering = Greedy(),
) -> Sensitivity:
    """Every combination of row pairing, key domain, counting, needle span and gate at once.

    The model answers each case once and its reply is replayed once, however many definitions there
    are. Needs the spans "haystack" and those in `spans` (but "needle", which every case has).

    Args:
        gates: What counts as an answer. With more than one, let `answering` decode a fixed number
            of tokens, or a reply that passes the first gate may end before the second can judge it.
    """
    if not (cases and gates and spans):
        raise ValueError("sensitivity needs at least one case, one gate and one span")
    definitions = [
        Definition(pairing, keys, counting, span)
        for pairing, keys, counting, span in product(*OPTIONS, spans)
    ]
    scorers = [definition.scorer for definition in definitions]
    values, labels = [], []
    passed: dict[str, list[bool]] = {repr(gate): [] for gate in gates}
    for case in watched(cases, "scoring under every definition"):
        reply = answering(model, case)
        for gate in gates:
            passed[repr(gate)].append(gate.passes(reply.tokens, case, model.tokenizer))
        values.append(torch.stack([verdict.scores for verdict in judge(model, reply, scorers)]))
        labels.append({**case.labels, "said": reply.text(model.tokenizer)})
    measured = torch.stack(values, dim=1)  # definition case layer head
    provenance = {"model": identity(model), "answering": repr(answering), "seed": None}
    scores = {}
    for passing, found in passed.items():
        failed = ~torch.tensor(found)[:, None, None]
        own = tuple({**at, "found": right} for at, right in zip(labels, found, strict=True))
        for definition, scored in zip(definitions, measured, strict=True):
            scores[definition._replace(gate=passing)] = HeadScores(
                definition.scorer.name,
                scored.masked_fill(failed, torch.nan),
                own,
                {**provenance, "scorer": repr(definition.scorer), "gate": passing},
            )
    first = repr(gates[0])
    return Sensitivity(scores, definitions[0]._replace(gate=first))
