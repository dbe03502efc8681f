"""rh-lens trace: how did the heads copy the needle?"""

from pathlib import Path
from typing import Annotated

import typer

import rh_lens as rh
from rh_lens import plots
from rh_lens.cli import options
from rh_lens.cli.files import PICTURES, TABLES, check_target
from rh_lens.cli.heads import Heads, strongest
from rh_lens.cli.options import loaded, numbers, prompt_format


def trace(
    heads: Heads,
    top: Annotated[int, typer.Option(min=1, help="How many heads of a score file to trace.")] = 3,
    case: Annotated[
        int, typer.Option(min=1, help="Which of the cases: needles, by lengths, by depths.")
    ] = 1,
    model: options.Name = "",
    kind: options.LoadedAs = "bridge",
    device: options.Device = "",
    dtype: options.Dtype = "float32",
    needles: options.Needles = None,
    haystack: options.Hay = "",
    lengths: options.Lengths = "512",
    depths: options.Depths = "0.5",
    template: options.Template = "",
    chat: options.Chat = False,
    journal: options.Memory = None,
    out: Annotated[Path | None, typer.Option(help="Write a row per token and head: .csv.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw where each head looked to this file.")
    ] = None,
) -> None:
    """Watch heads copy one needle: where they looked as each token was said, what they wrote
    towards it, and what fed their keys and queries.

    Exit status: 0, also if the reply was wrong, which is said; 2 on bad input.

    Example:

      rh-lens trace scores.safetensors --top 2 --case 3 --plot trace.png
    """
    check_target("out", out, TABLES)
    check_target("plot", plot, PICTURES)
    traced, prompt = strongest(heads, top), prompt_format(template, chat)
    wanted = numbers("lengths", lengths, int), numbers("depths", depths, float)
    hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
    memory = rh.Journal(journal)
    asked = loaded(model, kind, device, dtype)
    cases = rh.niah(asked.tokenizer, hidden, hay, *wanted, prompt=prompt)
    if case > len(cases):
        raise ValueError(f"--case got {case}, of {len(cases)} cases: choose one of them")
    found = rh.trace(asked, cases[case - 1], traced, journal=memory)
    print(found)
    if out is not None:
        found.frame().to_csv(out, index=False)
    if plot is not None:
        plots.save(plots.copy_trace(found)[0], plot)
