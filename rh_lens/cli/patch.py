"""rh-lens patch: what carries the needle, and what tells the heads where it is?"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import rh_lens as rh
from rh_lens import plots
from rh_lens.cli import options
from rh_lens.cli.files import PICTURES, SCORES, TABLES, check_target
from rh_lens.cli.heads import strongest
from rh_lens.cli.options import loaded, numbers, prompt_format

Decoy = Literal["answer", "cue"]
Site = Literal["z", "q", "k", "v", "pattern", "residual", "mlp"]
Direction = Literal["denoising", "noising"]
Metric = Literal["logprob", "difference", "kl"]


def patch(
    decoy: Annotated[
        Decoy,
        typer.Option(
            help="What the corrupt prompt states instead: another answer, or of something else."
        ),
    ] = "answer",
    site: Annotated[
        Site, typer.Option(help="What is patched: of heads, or of whole layers by stretch of text.")
    ] = "z",
    into: Annotated[
        str,
        typer.Option(
            help="Path patching: the receivers, a score file or heads such as L2H2,L2H4; their "
            "--site is q, k or v."
        ),
    ] = "",
    top: Annotated[int, typer.Option(min=1, help="How many heads of a score file receive.")] = 3,
    direction: Annotated[
        Direction, typer.Option(help="Clean into corrupt, or corrupt into clean.")
    ] = "denoising",
    metric: Annotated[
        Metric, typer.Option(help="Log-probability of the answer, logit difference, or KL.")
    ] = "logprob",
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Attribution patching: fast, and only a first look.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the draw of decoys.")] = 0,
    model: options.Name = "",
    kind: options.LoadedAs = "bridge",
    device: options.Device = "",
    dtype: options.Dtype = "float32",
    needles: options.Needles = None,
    haystack: options.Hay = "",
    lengths: options.Lengths = "256",
    depths: options.Depths = "0.5",
    template: options.Template = "",
    journal: options.Memory = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write .csv, or .safetensors of effects by head."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the effects to this file.")] = None,
) -> None:
    """Put activations of a prompt with the needle into one with a decoy, and see what comes back.

    Effects are shares: 0 is the corrupt run, 1 the clean one. Of z, q, k, v and pattern there is
    one for each head; of residual and mlp one for each layer and stretch of the text. With --into,
    the effect of each component on the receivers by the direct path alone, in nats.

    Exit status: 0, 1 if no pair of prompts earned a result, 2 on bad input.

    Examples:

      rh-lens patch --plot heads.png

      rh-lens patch --site residual --decoy cue --plot layers.png --journal run

      rh-lens patch --into scores.safetensors --site k --decoy cue --out senders.csv
    """
    by_span = site in ("residual", "mlp")
    check_target("out", out, TABLES if by_span or into else SCORES)
    check_target("plot", plot, PICTURES)
    receivers = strongest(into, top) if into else []
    if into and site not in ("q", "k", "v"):
        raise ValueError(f"--into got --site {site}: a path ends at the q, k or v of heads")
    if into and estimate:
        raise ValueError("--into patches paths exactly: leave --estimate out")
    wanted = numbers("lengths", lengths, int), numbers("depths", depths, float)
    hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
    memory = rh.Journal(journal)
    asked = loaded(model, kind, device, dtype)
    pairs = [
        pair
        for needle in hidden
        for pair in rh.pairs(
            asked.tokenizer,
            needle,
            _decoy(decoy, asked.tokenizer, needle, seed),
            hay,
            *wanted,
            prompt=prompt_format(template, chat=False),
        )
    ]
    measured = {
        "logprob": rh.answer_logprob,
        "difference": rh.logit_difference,
        "kl": rh.kl,
    }[metric]
    how: dict[str, Any] = {
        "site": site,
        "direction": direction,
        "metric": measured,
        "journal": memory,
    }
    if into:
        groups = [[head] if site == "q" else rh.kv_group(asked, head) for head in receivers]
        whole = list(dict.fromkeys(head for group in groups for head in group))
        effects: Any = rh.path_patching(asked, pairs, receivers=whole, **how)
    elif by_span:
        effects = (rh.attribution_by_span if estimate else rh.patching_by_span)(asked, pairs, **how)
    else:
        effects = (rh.attribution_patching if estimate else rh.activation_patching)(
            asked, pairs, **how
        )
    print(effects)
    if out is not None:
        _write(effects, out)
    if plot is not None and by_span:
        plots.save(plots.span_effects(effects), plot)
    elif plot is not None:
        plots.save(plots.heatmap(effects.heads if into else effects), plot)


def _decoy(kind: Decoy, tokenizer: Any, needle: "rh.Needle", seed: int) -> "rh.Needle":
    make = rh.decoy_answer if kind == "answer" else rh.decoy_cue
    return make(tokenizer, needle, seed=seed)


def _write(effects: Any, path: Path) -> None:
    if isinstance(effects, rh.HeadScores):
        effects.save(path)
    else:
        effects.frame().to_csv(path, index=False)
