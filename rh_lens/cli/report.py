"""rh-lens report: a page about a score file, to read and to hand on."""

from pathlib import Path
from typing import Annotated, Any

import typer

import rh_lens as rh
from rh_lens import plots
from rh_lens.cli import options
from rh_lens.cli.files import PAGES, check_target
from rh_lens.cli.options import loaded, prompt_format


def report(
    file: Annotated[
        Path, typer.Argument(help=".safetensors of detect, or .json of the reference.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write this page: .html.")] = Path(
        "report.html"
    ),
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="The model that was scored, to put the explorer in: a Hugging Face name, a "
            "folder, or organism. (default: no explorer)",
        ),
    ] = "",
    kind: options.LoadedAs = "bridge",
    device: options.Device = "",
    dtype: options.Dtype = "float32",
    needles: options.Needles = None,
    haystack: options.Hay = "",
    template: options.Template = "",
    chat: options.Chat = False,
) -> None:
    """Write a page about a score file: the strongest heads with intervals, how often the model
    answered, how many needles it takes to know the heads, and how the numbers were obtained.

    The page is one file, which opens from disk and needs no network. With --model it holds the
    explorer too: then give the --needles, --haystack and --template of the run, so that the same
    cases can be asked again.

    Exit status: 0, or 2 if the file cannot be read or the cases are others.

    Examples:

      rh-lens report scores.safetensors -o report.html

      rh-lens report scores.safetensors -o report.html --model organism
    """
    check_target("out", out, PAGES)
    scores = rh.HeadScores.load(file)
    if not model:
        plots.report(scores, out)
    else:
        prompt = prompt_format(template, chat)
        hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
        asked = loaded(model, kind, device, dtype)
        cases = _same_cases(scores, asked, hidden, hay, prompt)
        plots.report(scores, out, model=asked, cases=cases)
    print(f"wrote {out}")


def _same_cases(
    scores: "rh.HeadScores", asked: Any, hidden: Any, hay: "rh.Haystack", prompt: Any
) -> list["rh.Case"]:
    """Cases of the file, made again: those whose digest is the same."""
    grid: dict[str, list[Any]] = {
        axis: list(dict.fromkeys(at[axis] for at in scores.labels if axis in at))
        for axis in ("length", "depth", "digest")
    }
    if not all(grid.values()):
        raise ValueError(
            "the cases of this file have no length, depth and digest, so they cannot be made "
            "again: leave out --model, or call rh.report(scores, path, model=model, cases=cases)"
        )
    named = {at.get("needle") for at in scores.labels}
    told = [needle for needle in hidden if needle.question in named]
    made = (
        rh.niah(asked.tokenizer, told, hay, grid["length"], grid["depth"], prompt=prompt)
        if told
        else []
    )
    same = [case for case in made if case.digest in set(grid["digest"])]
    if not same:
        raise ValueError(
            f"of {len(made)} cases made again with {len(told)} of the needles none is among the "
            f"{len(scores.labels)} of the file: give the --needles, --haystack, --template and "
            "--chat of that run"
        )
    return same
