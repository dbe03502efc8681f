"""rh-lens detect: which heads of a model retrieve?"""

from pathlib import Path
from typing import Annotated, Literal

import typer

import rh_lens as rh
from rh_lens.cli import options
from rh_lens.cli.files import PICTURES, SCORES, check_target, draw
from rh_lens.cli.options import loaded, numbers, prompt_format

SCORERS = {  # by the name of their class, so that --help needs no torch
    "retrieval": "RetrievalScore",
    "query-focused": "QueryFocusedScore",
    "contextual": "ContextualScore",
    "duplicate-token": "DuplicateTokenScore",
    "entropy": "AttentionEntropy",
    "evidence-mass": "EvidenceMass",
    "headkv-r2": "HeadKVR2Score",
    "induction": "InductionScore",
    "local-mass": "LocalMass",
    "logit-attribution": "LogitAttribution",
    "lookback": "LookbackRatio",
    "passage-hit-rate": "PassageHitRate",
    "previous-token": "PreviousTokenScore",
    "semantic-retrieval": "SemanticRetrievalScore",
    "sink-mass": "SinkMass",
    "spatial-contrast": "SpatialContrast",
    "value-weighted": "ValueWeightedMass",
    "write-contribution": "WriteContribution",
}
Counting = Literal["positions", "steps", "set"]
Gate = Literal["exact", "rouge"]


def detect(
    model: options.Name = "",
    kind: options.LoadedAs = "bridge",
    device: options.Device = "",
    dtype: options.Dtype = "float32",
    needles: options.Needles = None,
    haystack: options.Hay = "",
    lengths: options.Lengths = "512,1024",
    depths: options.Depths = "0,0.5,1",
    template: options.Template = "",
    chat: options.Chat = False,
    scorer: Annotated[
        str, typer.Option(help="One or more, with commas: see Scorers below.")
    ] = "retrieval",
    counting: Annotated[
        Counting,
        typer.Option(help="What the retrieval score counts: see RetrievalScore."),
    ] = "positions",
    gate: Annotated[
        Gate, typer.Option(help="What counts as an answer: the exact tokens, or ROUGE-1 > 0.5.")
    ] = "exact",
    max_new_tokens: Annotated[
        int, typer.Option(min=0, help="Tokens to decode. 0: until the answer has been said.")
    ] = 0,
    until_stable: Annotated[
        int, typer.Option(min=0, help="Ask until that many top heads are known. 0: all cases.")
    ] = 0,
    swaps: Annotated[
        int, typer.Option(min=0, help="With --until-stable: how many of them may be others.")
    ] = 0,
    confidence: Annotated[
        float, typer.Option(help="With --until-stable: how sure to be of them.")
    ] = 0.95,
    at_most: Annotated[
        int, typer.Option(min=0, help="With --until-stable: cases to ask at most. 0: all.")
    ] = 0,
    batch_size: Annotated[
        int, typer.Option(min=1, help="How many short prompts of one shape to read at once.")
    ] = 1,
    journal: options.Memory = None,
    out: Annotated[
        Path | None, typer.Option(help="Write scores: .safetensors, .json (reference) or .csv.")
    ] = None,
    heatmap: Annotated[
        Path | None, typer.Option(help="Draw layer x head: .png, .svg or .pdf.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many heads to list.")] = 10,
) -> None:
    """Hide needles in haystacks, let the model answer, and score the heads that copied them.

    Prints the strongest heads with a confidence interval, clustered by needle, and how many cases
    the model answered: scores are means over those.

    Several processes share the cases out: start them with torchrun, as below, with one --journal.

    Exit status: 0 with scores, 1 if the model answered no case, 2 on bad input, 130 if
    stopped with Ctrl-C.

    Scorers: retrieval, query-focused, contextual, duplicate-token, entropy, evidence-mass,
    headkv-r2, induction, local-mass, logit-attribution, lookback, passage-hit-rate, previous-
    token, semantic-retrieval, sink-mass, spatial-contrast, value-weighted, write-
    contribution.

    Examples:

      rh-lens detect

      rh-lens detect --model Qwen/Qwen2.5-0.5B --lengths 512,1024,2048 --out scores.safetensors

      rh-lens detect --model ./my-llama --dtype bfloat16 --journal run --heatmap heads.png

      rh-lens detect --until-stable 20 --swaps 2

      torchrun --nproc_per_node 2 -m rh_lens detect --journal run --out scores.safetensors
    """
    check_target("out", out, SCORES)
    check_target("heatmap", heatmap, PICTURES)
    scorers = _scorers(scorer, counting)
    prompt = prompt_format(template, chat)
    wanted = numbers("lengths", lengths, int), numbers("depths", depths, float)
    hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
    answering = rh.Greedy(
        max_new_tokens=max_new_tokens or None,
        gate=rh.ExactMatch() if gate == "exact" else rh.Rouge1Recall(),
    )
    memory = rh.Journal(journal)
    until = _until(until_stable, swaps, confidence, at_most)
    among = rh.processes()
    asked = loaded(model, kind, device, dtype)
    cases = rh.niah(asked.tokenizer, hidden, hay, *wanted, prompt=prompt)
    results = rh.score_heads(
        asked,
        cases,
        list(scorers.values()),
        answering=answering,
        journal=memory,
        until=until,
        among=among,
        batch_size=batch_size,
    )
    if not among.leads:
        return
    for name, scores in zip(scorers, results, strict=True):
        print(scores.table(top), end="\n\n")
        mark = f"-{name}" if len(scorers) > 1 else ""
        if out is not None:
            scores.save(out.with_stem(out.stem + mark))
        if heatmap is not None:
            draw(scores, heatmap.with_stem(heatmap.stem + mark))
    print(results[0].pass_rate("length", "depth").to_string(float_format="{:.2f}".format))


def _until(top: int, swaps: int, confidence: float, at_most: int) -> "rh.Stable | None":
    if not top:
        if (swaps, confidence, at_most) != (0, 0.95, 0):
            raise ValueError(
                "--swaps, --confidence and --at-most say when --until-stable stops: say how many "
                "top heads are to be known, such as --until-stable 20"
            )
        return None
    return rh.Stable(top, swaps=swaps, confidence=confidence, at_most=at_most or None)


def _scorers(names: str, counting: Counting) -> dict[str, "rh.Scorer"]:
    asked = [name.strip() for name in names.split(",")]
    if unknown := sorted(set(asked) - set(SCORERS)):
        raise ValueError(f"--scorer got {unknown}: it can be {', '.join(SCORERS)}")
    made = {name: getattr(rh, SCORERS[name]) for name in asked}
    options = {"retrieval": {"counting": counting}}
    return {name: scorer(**options.get(name, {})) for name, scorer in made.items()}
