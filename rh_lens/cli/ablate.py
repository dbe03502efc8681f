"""rh-lens ablate: what does the model lose with its retrieval heads?"""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import rh_lens as rh
from rh_lens import plots
from rh_lens.cli import options
from rh_lens.cli.files import PICTURES, TABLES, check_target
from rh_lens.cli.heads import Heads, ranking
from rh_lens.cli.options import loaded, numbers, prompt_format

Ablation = Literal["uniform", "zero", "mean", "resample", "sink", "knockout", "query"]
Scope = Literal["everywhere", "prompt", "decoding"]


def ablate(
    heads: Heads,
    counts: Annotated[
        str, typer.Option(help="How many heads to ablate, with commas.")
    ] = "1,2,5,10",
    ablation: Annotated[
        Ablation, typer.Option(help="What is done to them: see below.")
    ] = "uniform",
    scope: Annotated[
        Scope, typer.Option(help="Where: from the prompt's last token on, before it, or both.")
    ] = "decoding",
    controls: Annotated[
        int, typer.Option(min=0, help="Draws of other heads of the same layers.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Of the first draw.")] = 0,
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
    journal: options.Memory = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a row per ablation and case: .csv.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw accuracy against the number of heads to this file.")
    ] = None,
    grid: Annotated[
        Path | None,
        typer.Option(help="Draw length x depth before and after the most heads to this file."),
    ] = None,
) -> None:
    """Ask the same questions without the first heads of a ranking, and without others.

    Prints accuracy, log-probability of the right answer and the loss of ordinary text, with
    intervals clustered by needle, beside the median control.

    Ablations: uniform attends to all alike, as Wu et al. 2024; zero writes nothing; mean writes
    the mean over ordinary text; resample what it wrote at random places of that text; sink attends
    to the first token; knockout does not see the needle; query asks for nothing.

    Exit status: 0, 1 if the model answered no case before any ablation, 2 on bad input.

    Examples:

      rh-lens ablate scores.safetensors --counts 1,2,5 --plot curve.png --grid grid.png

      rh-lens ablate L16H19,L11H15 --counts 2 --model ./my-llama --journal run --out answers.csv
    """
    check_target("out", out, TABLES)
    check_target("plot", plot, PICTURES)
    check_target("grid", grid, PICTURES)
    order, prompt = ranking(heads), prompt_format(template, chat)
    wanted = numbers("lengths", lengths, int), numbers("depths", depths, float)
    steps = numbers("counts", counts, int)
    hidden, hay = rh.needles(needles), rh.Haystack(Path(haystack) if haystack else None)
    memory = rh.Journal(journal)
    asked = loaded(model, kind, device, dtype)
    texts = rh.plain_text(asked.tokenizer, hay)
    curve = rh.ablation_curve(
        asked,
        rh.niah(asked.tokenizer, hidden, hay, *wanted, prompt=prompt),
        order,
        counts=steps,
        ablation=partial(_ablation(ablation, asked, texts), scope=scope),
        controls=controls,
        texts=texts,
        seed=seed,
        journal=memory,
    )
    print(curve)
    if out is not None:
        curve.answers.to_csv(out, index=False)
    if plot is not None:
        plots.save(plots.curve(curve), plot)
    if grid is not None:
        cells = curve.grid(max(steps))
        before, after = (cells.assign(value=cells[when]) for when in ("before", "after"))
        titles = ("whole model", f"without {max(steps)} heads")
        plots.save(plots.needle_grid(before, after, titles=titles)[0], grid)


def _ablation(name: Ablation, model: Any, texts: Any) -> Any:
    match name:
        case "mean":
            return partial(rh.MeanOutput, mean=rh.mean_output(model, texts))
        case "resample":
            return partial(rh.ResampleOutput, pool=rh.output_pool(model, texts))
        case "knockout":
            return partial(rh.Knockout, hidden="needle")
        case "uniform":
            return rh.UniformAttention
        case "zero":
            return rh.ZeroOutput
        case "sink":
            return rh.SinkAttention
        case "query":
            return rh.QueryZero
