"""What does "masking a head" mean? The same heads under every ablation and scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from rh_lens.cases.case import Case
from rh_lens.experiments.ask import Asked, ask_under
from rh_lens.experiments.gathered import VERSIONS
from rh_lens.experiments.nothing import NothingScored, why_nothing
from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.interventions.knockout import Knockout
from rh_lens.interventions.mean_output import MeanOutput, mean_output
from rh_lens.interventions.query_zero import QueryZero
from rh_lens.interventions.resample_output import ResampleOutput, output_pool
from rh_lens.interventions.scale_output import ScaleOutput
from rh_lens.interventions.scope import Scope
from rh_lens.interventions.sink_attention import SinkAttention
from rh_lens.interventions.streaming import Streaming
from rh_lens.interventions.uniform_attention import UniformAttention
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.journal import Journal
from rh_lens.model.hooks import Model
from rh_lens.model.identity import identity
from rh_lens.model.reply import Answering, Greedy

ScopedAblation = Callable[..., Intervention]  # called with heads and a scope
SCOPES: tuple[Scope, ...] = ("everywhere", "prompt", "decoding")


@dataclass(frozen=True, eq=False, repr=False)
class Semantics:
    """What became of the same cases under each ablation and scope.

    Attributes:
        answers: A row per ablation, scope and case: `ablation`, `scope`, `found`, `said`,
            `logprob` of the right answer in nats per token, `idle` (it made no difference), and
            the labels of the case. The unchanged model is the ablation "none".
        texts: The same of ordinary text. Empty if not measured.
        provenance: How the numbers were obtained.
    """

    answers: pd.DataFrame
    texts: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """A row per ablation and scope: `accuracy`, `logprob`, `text loss`, and in how many cases
        the ablation was `idle`, all of `cases`. A row of NaN where it was idle in all."""
        groups = self.answers.groupby(["ablation", "scope"], sort=False)
        table = groups.agg(
            accuracy=("found", "mean"),
            logprob=("logprob", "mean"),
            idle=("idle", "sum"),
            cases=("idle", "count"),
        )
        table["accuracy"] = table["accuracy"].astype(float)
        if not self.texts.empty:
            losses = self.texts.groupby(["ablation", "scope"], sort=False)["logprob"].mean()
            table["text loss"] = -losses
        idle = table["idle"] == table["cases"]
        measured = [name for name in ("accuracy", "logprob", "text loss") if name in table]
        table.loc[idle, measured] = float("nan")
        return table.reset_index()

    def __repr__(self) -> str:
        model = self.provenance.get("model", {})
        shown = self.frame().to_string(index=False, float_format="{:.3g}".format, na_rep="-")
        return (
            f"{shown}\n{model.get('name')} ({model.get('class')}, {model.get('dtype')}), the heads "
            f"{', '.join(self.provenance.get('heads', []))}; {self.provenance.get('answering')}; "
            "- : changed nothing"
        )


def ablation_semantics(
    model: Model,
    cases: Sequence[Case],
    heads: Sequence[Head],
    *,
    reference: Sequence[Case],
    ablations: Mapping[str, ScopedAblation] | None = None,
    scopes: Sequence[Scope] = SCOPES,
    answering: Answering = Greedy(),
    journal: Journal | None = None,
) -> Semantics:
    """How the same heads' loss looks under every meaning of it.

    Published figures of "masked heads" use at least eleven meanings, and differ by as much as the
    claims that rest on them.

    Args:
        reference: Ordinary text, such as `plain_text(tokenizer, Haystack())`: what the heads write
            there is their mean and their pool, and its loss is measured beside.
        ablations: By name, each to be called with `heads` and `scope`. None: the nine of
            `every_ablation(model, reference)`.
        scopes: Where each acts.
        journal: Remembers every finished answer.

    Raises:
        NothingScored: The model, unchanged, answered no case.
    """
    if not (cases and reference and scopes):
        raise ValueError(
            f"got {len(cases)} cases, {len(reference)} texts and {len(scopes)} scopes: give at "
            "least one of each"
        )
    kinds = every_ablation(model, reference) if ablations is None else ablations
    rows = [("none", "everywhere")] + [(name, str(scope)) for name in kinds for scope in scopes]
    changes: list[Intervention | None] = [None]
    changes += [
        ablation(tuple(heads), scope=scope) for ablation in kinds.values() for scope in scopes
    ]
    asking = partial(ask_under, model, changes=changes, journal=journal)
    asked = asking(cases, answering=answering, what=f"{len(changes) - 1} meanings of ablation")
    if not any(result["found"] for result in asked.results[0]):
        nothing = "there is nothing to lose by an ablation"
        raise NothingScored(why_nothing(asked.results[0], asked.cases, answering, nothing))
    read = asking(reference, answering=None, what="the loss of ordinary text")
    provenance = {
        "model": identity(model),
        "heads": [str(head) for head in heads],
        "ablations": [repr(change) for change in changes[1:]],
        "answering": repr(answering),
        "seed": None,  # draws of `ResampleOutput` are told with it
        "skipped": asked.skipped | read.skipped,
        "versions": VERSIONS,
    }

    def frame(asked: Asked) -> pd.DataFrame:
        return pd.DataFrame(
            {**case.labels, "digest": case.digest, "ablation": name, "scope": scope, **result}
            for (name, scope), own in zip(rows, asked.results, strict=True)
            for case, result in zip(asked.cases, own, strict=True)
        )

    return Semantics(frame(asked), frame(read), provenance)


def every_ablation(model: Model, reference: Sequence[Case]) -> dict[str, ScopedAblation]:
    """The nine ablations of this package, by name, their means and pools taken over `reference`.

    The needle is what `Knockout` hides. `Streaming` keeps 4 sinks and 64 recent tokens, so that it
    hides something of short prompts too; `ScaleOutput` halves.
    """
    return {
        "ZeroOutput": ZeroOutput,
        "MeanOutput": partial(MeanOutput, mean=mean_output(model, reference)),
        "ResampleOutput": partial(ResampleOutput, pool=output_pool(model, reference)),
        "UniformAttention": UniformAttention,
        "SinkAttention": SinkAttention,
        "Knockout": partial(Knockout, hidden="needle"),
        "Streaming": partial(Streaming, sinks=4, recent=64),
        "ScaleOutput": partial(ScaleOutput, factor=0.5),
        "QueryZero": QueryZero,
    }
