"""The same verbs from a shell: `rh-lens detect`, `rh-lens show`."""

import os
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, TypeVar

import typer

import rh_lens as rh  # lazily: --help needs no torch
from rh_lens import plots

SCORES, PICTURES = (".safetensors", ".json", ".csv"), (".png", ".svg", ".pdf")
Number = TypeVar("Number", int, float)

app = typer.Typer(
    help="Find the retrieval heads of a language model.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


class Kind(StrEnum):
    bridge = "bridge"
    hooked = "hooked"


class Counting(StrEnum):
    positions = "positions"
    steps = "steps"
    set = "set"


class Gate(StrEnum):
    exact = "exact"
    rouge = "rouge"


@app.command()
def detect(
    model: Annotated[
        str, typer.Option(help="Hugging Face name, or a folder. (default: the bundled model)")
    ] = "",
    kind: Annotated[Kind, typer.Option(help="TransformerLens class to load it as.")] = Kind.bridge,
    device: Annotated[str, typer.Option(help="Such as cuda:0. (default: a GPU if any)")] = "",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    needles: Annotated[
        Path | None, typer.Option(help="JSONL of fact, question, answer. (default: bundled)")
    ] = None,
    haystack: Annotated[
        str, typer.Option(help="A .txt file or a folder of them. (default: Python's reference)")
    ] = "",
    lengths: Annotated[
        str, typer.Option(help="Tokens of the whole prompt, with commas.")
    ] = "512,1024",
    depths: Annotated[
        str, typer.Option(help="Shares of the text before the needle, with commas.")
    ] = "0,0.5,1",
    template: Annotated[
        str, typer.Option(help="Prompt with {haystack}, {question} and perhaps {stem}.")
    ] = "",
    chat: Annotated[
        bool, typer.Option("--chat", help="Use the tokenizer's chat template.")
    ] = False,
    scorer: Annotated[
        str, typer.Option(help="retrieval, query-focused, or both with a comma.")
    ] = "retrieval",
    counting: Annotated[
        Counting,
        typer.Option(help="What the retrieval score counts: see RetrievalScore."),
    ] = Counting.positions,
    gate: Annotated[
        Gate, typer.Option(help="What counts as an answer: the exact tokens, or ROUGE-1 > 0.5.")
    ] = Gate.exact,
    max_new_tokens: Annotated[
        int, typer.Option(min=0, help="Tokens to decode. 0: until the answer has been said.")
    ] = 0,
    journal: Annotated[
        Path | None, typer.Option(help="Folder that remembers finished cases, to resume from.")
    ] = None,
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

    Exit status: 0 with scores, 1 if the model answered no case, 2 on bad input.

    Examples:

      rh-lens detect

      rh-lens detect --model Qwen/Qwen2.5-0.5B --lengths 512,1024,2048 --out scores.safetensors

      rh-lens detect --model ./my-llama --dtype bfloat16 --journal run --heatmap heads.png
    """
    _check_target("out", out, SCORES)
    _check_target("heatmap", heatmap, PICTURES)
    scorers = _scorers(scorer, counting)
    form = rh.ChatPrompt if chat else rh.Prompt
    prompt = form(template) if template else form()
    wanted = _numbers("lengths", lengths, int), _numbers("depths", depths, float)
    hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
    answering = rh.Greedy(
        max_new_tokens=max_new_tokens or None,
        gate=rh.ExactMatch() if gate is Gate.exact else rh.Rouge1Recall(),
    )
    memory = rh.Journal(journal)
    asked = rh.load(model or None, kind=kind.value, device=device or None, dtype=dtype)
    if asked.tokenizer is None:
        raise ValueError(f"{model!r} has no tokenizer to write prompts with: add its files")
    cases = rh.niah(asked.tokenizer, hidden, hay, *wanted, prompt=prompt)
    results = rh.score_heads(
        asked, cases, list(scorers.values()), answering=answering, journal=memory
    )
    for name, scores in zip(scorers, results, strict=True):
        print(scores.table(top), end="\n\n")
        mark = f"-{name}" if len(scorers) > 1 else ""
        if out is not None:
            scores.save(out.with_stem(out.stem + mark))
        if heatmap is not None:
            _draw(scores, heatmap.with_stem(heatmap.stem + mark))
    print(results[0].pass_rate("length", "depth").to_string(float_format="{:.2f}".format))


@app.command()
def show(
    file: Annotated[
        Path, typer.Argument(help=".safetensors of detect, or .json of the reference.")
    ],
    heatmap: Annotated[Path | None, typer.Option(help="Draw layer x head to this file.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many heads to list.")] = 10,
) -> None:
    """Print the strongest heads of a score file.

    Exit status: 0, or 2 if the file cannot be read.

    Example:

      rh-lens show scores.safetensors --heatmap heads.png
    """
    _check_target("heatmap", heatmap, PICTURES)
    scores = rh.HeadScores.load(file)
    print(scores.table(top))
    if heatmap is not None:
        _draw(scores, heatmap)


def main() -> None:
    """Run the command line; bad input ends in a sentence, not in a traceback."""
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        print(f"rh-lens: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, rh.NothingScored) else 2)


def _scorers(names: str, counting: Counting) -> dict[str, "rh.Scorer"]:
    known = {
        "retrieval": rh.RetrievalScore(counting=counting.value),
        "query-focused": rh.QueryFocusedScore(),
    }
    asked = [name.strip() for name in names.split(",")]
    if unknown := sorted(set(asked) - set(known)):
        raise ValueError(f"--scorer got {unknown}: it can be {' or '.join(known)}")
    return {name: known[name] for name in asked}


def _numbers(option: str, text: str, kind: type[Number]) -> list[Number]:
    try:
        return [kind(number) for number in text.split(",")]
    except ValueError:
        example = "512,1024" if kind is int else "0,0.5,1"
        raise ValueError(
            f"--{option} got {text!r}: give numbers with commas, like {example}"
        ) from None


def _check_target(option: str, path: Path | None, endings: tuple[str, ...]) -> None:
    """Before the run, not after it."""
    if path is None:
        return
    if path.suffix not in endings:
        raise ValueError(
            f"--{option} got {path.name!r}: name a file that ends in {' or '.join(endings)}"
        )
    folder = path.absolute().parent
    if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ValueError(
            f"--{option} got {str(path)!r}, where no file can be written: make its folder, or "
            "name another"
        )
    if endings is PICTURES and find_spec("matplotlib") is None:
        raise ValueError(f"--{option} draws with matplotlib: pip install 'rh_lens[plot]'")


def _draw(scores: "rh.HeadScores", path: Path) -> None:
    plots.save(plots.heatmap(scores), path)
