"""Card: README.md of the organism, printed from reports of `training.evaluate` and a run's log.

python -m training.card LOG NAME=REPORT.json ... > rh_lens/organism/README.md
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

import rh_lens as rh
from training import evaluate, loose, templates, text
from training.broad import BROAD
from training.clean import CLEAN
from training.evaluate import NEAR
from training.fewer import KEPT
from training.model import blank
from training.recipe import STAGES
from training.train import ADAM, AVERAGE, DECAY, MUON
from training.verbs import EXTRA

Row = Sequence[object]


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def share(number: float) -> str:
    return f"{number:.2f}"


def over_depths(cells: dict[str, Any]) -> float:
    """Exact match over all depths, of which each has as many cases."""
    return fmean(cell["exact"] for cell in cells.values())


def grids(reports: dict[str, Any], prompt: str) -> str:
    """Exact match by length and depth, a row for every model and length."""
    depths = list(map(str, evaluate.DEPTHS))
    rows = [
        [name, length, *(share(cells[depth]["exact"]) for depth in depths),
         share(over_depths(cells)), cells[depths[0]]["cases"]]
        for name, report in reports.items()
        for length, cells in report[prompt].items()
    ]  # fmt: skip
    head = ["model", "tokens", *(f"depth {depth}" for depth in depths), "all depths", "n per cell"]
    return table(head, rows)


def written(reports: dict[str, Any], prompt: str) -> str:
    rows = [
        [
            name,
            language,
            *(f"{share(by[length]['exact'])} (n = {by[length]['cases']})" for length in by),
        ]
        for name, report in reports.items()
        for language, by in report[prompt].items()
    ]
    lengths = next(iter(next(iter(reports.values()))[prompt].values()))
    return table(["model", "needles", *(f"{length} tokens" for length in lengths)], rows)


def both(found: dict[str, float]) -> str:
    return f"{share(found['exact'])} / {share(found['tokens'])}"


def tasks(reports: dict[str, Any]) -> str:
    names = next(iter(reports.values()))["tasks"]
    rows = [
        [name, *(both(report["tasks"][name]) for report in reports.values()), names[name]["cases"]]
        for name in names
    ]
    return table(["task", *reports, "n"], rows)


def strongest(scores: list[list[float]], count: int = 8) -> str:
    """The highest scores and whose they are."""
    flat = [
        (value, f"L{layer}H{index}")
        for layer, row in enumerate(scores)
        for index, value in enumerate(row)
    ]
    return ", ".join(f"{name} {share(value)}" for value, name in sorted(flat, reverse=True)[:count])


def scores(report: dict[str, Any]) -> str:
    """The strongest heads by every score, and how many count."""
    rows = [
        [name, sum(x >= NEAR for row in report[name] for x in row), strongest(report[name])]
        for name in report
        if name.startswith("retrieval") or name in ("induction", "previous token")
    ]
    return table(["score", f"heads at {NEAR} or more", "strongest"], rows)


def heads(report: dict[str, Any], *, retrieval: bool, induction: bool) -> str:
    """Heads that reach the limit in the scores said, and in no other of the two."""
    found = [
        f"L{layer}H{index}"
        for layer, row in enumerate(report["retrieval, answers begun"])
        for index, value in enumerate(row)
        if ((value >= NEAR) == retrieval)
        and ((report["induction"][layer][index] >= NEAR) == induction)
    ]
    return ", ".join(found) or "none"


def ablation(report: dict[str, Any]) -> str:
    rows = []
    for count, found in report["ablation"].items():
        if count == "0":
            rows.append(["none", share(found["exact"]), "", ""])
            continue
        controls = found["controls"]
        rows.append(
            [", ".join(found["heads"]), share(found["exact"]), share(median(controls)),
             " ".join(share(one) for one in sorted(controls))]
        )  # fmt: skip
    return table(["silenced", "exact match", "median of ten controls", "the ten"], rows)


def anywhere(report: dict[str, Any]) -> str:
    rows = [
        [count, share(median(found)), " ".join(share(one) for one in sorted(found))]
        for count, found in report["anywhere"].items()
    ]
    return table(["heads silenced", "median of ten", "the ten"], rows)


def retrieving_layer(report: dict[str, Any]) -> int:
    """The layer with the strongest retrieval head."""
    rows = report["retrieval, answers begun"]
    return max(range(len(rows)), key=lambda layer: max(rows[layer]))


def norms(report: dict[str, Any]) -> str:
    row = report["output norms"][retrieving_layer(report)]
    return ", ".join(f"H{index} {value:.1f}" for index, value in enumerate(row))


def alone(report: dict[str, Any]) -> str:
    rows = [[f"L{layer}", *map(share, row)] for layer, row in enumerate(report["alone"])]
    return table(["", *(f"H{index}" for index in range(len(rows[0]) - 1))], rows)


def curve(log: list[dict[str, Any]]) -> str:
    """The learning curve, every second look at most."""
    rows = []
    kept = log[:: max(1, len(log) // 24)]
    for line in kept if kept[-1] is log[-1] else [*kept, log[-1]]:
        seen = [
            f"{share(line[key]['exact'])} / {share(line[key]['first'])}" if key in line else ""
            for key in ("128", "512", "2048")
        ]
        repeats = share(line["128"]["repeats"]) if "128" in line else ""
        copying = sum(x >= NEAR for row in line.get("copying", []) for x in row)
        rows.append(
            [line["stage"], f"{line['tokens'] / 1e6:.2f}", f"{line['seconds'] / 60:.0f}", *seen,
             repeats, copying if "copying" in line else ""]
        )  # fmt: skip
    return table(
        ["stage", "M tokens", "minutes", "128 tokens", "512", "2048", "repeats", "copying heads"],
        rows,
    )


def stages() -> str:
    rows = [
        [stage.name, stage.until, "/".join(map(str, stage.lengths)), stage.mix.repeats,
         stage.mix.pairs, stage.mix.alone, stage.mix.loose, stage.mix.clauses, stage.mix.stem,
         stage.tokens, stage.rate, stage.pace if stage.few else ""]
        for stage in STAGES
    ]  # fmt: skip
    return table(
        ["stage", "until M tokens", "lengths", "repeats", "JSON", "facts alone", "by lot",
         "clauses", "begun", "tokens a step", "rate at its end", "pace of beginners"],
        rows,
    )  # fmt: skip


def at(report: dict[str, Any], prompt: str, length: int) -> str:
    """Exact match at a length, over all depths."""
    return share(over_depths(report[prompt][str(length)]))


def card(log: list[dict[str, Any]], reports: dict[str, Any]) -> str:
    """The whole card; the first report is the organism's."""
    report = next(iter(reports.values()))
    config = blank(0).config
    one, longest = evaluate.LENGTH, evaluate.LENGTHS[-1]
    last = log[-1]
    began = last.get("beginners") or []
    everyone = [f"L{layer}H{index}" for layer, index in sorted(map(tuple, began))]
    return f"""# The organism

A language model of {report["parameters"] / 1e6:.1f} million parameters that answers questions about
facts hidden in text, so that everything in rh_lens can be tried offline, in seconds, on a CPU.
`rh_lens.load()` loads it. Every number on this page is printed by `training/card.py`.

## Architecture

`LlamaForCausalLM`: {config.num_hidden_layers} layers, d_model {config.hidden_size},
{config.num_attention_heads} query heads of {config.head_dim} on {config.num_key_value_heads}
key-value heads, SwiGLU of {config.intermediate_size}, RMSNorm, RoPE with theta
{config.rope_parameters["rope_theta"]:.0f}, untied readout, byte-level BPE of {config.vocab_size}
tokens with single digits, float16 weights, trained up to {max(max(s.lengths) for s in STAGES)}
tokens.

## Where its heads come from

**The start is blank.** Every matrix is Gaussian noise; nothing tells a head where to look or
what to copy (`training/model.py`). Copying emerged in training on repeated random tokens.

**One intervention.** Muon gives all heads of a layer an equal share of each update, so all
{config.num_attention_heads} heads of one layer learnt to copy. After the stage before "few", the
{KEPT} that attended most to what they copy were left as they were, and the others
({", ".join(everyone)}) began again with blank weights and a silent output, and learnt
more slowly from there on (`training/fewer.py`). So which layer copies, and how, is learnt; that few
heads of it do is our doing, and sparsity here is no finding.

## Data

Prose of `pydoc_data.topics` and the standard library's docstrings ({len(text.training()):,}
characters); facts of {len(templates.TRAINING)} templates, from stage "warm" on of
{len(BROAD)} more, put together by lot ({len(loose.PIECES)} pieces), or made by turning a clause
about ({len(EXTRA)} verbs beside those of the prose); repeated random tokens; JSON pairs; in
the frame of the default prompt, among others. Questions are answered straight after "Answer:", or
after the fact's own first words, and end with a full stop and EOS.

Not trained on: the first {len(text.held_out()):,} characters of the default haystack (where prompts
are cut from), {len(templates.HELD_OUT)} templates, a sixth of all words and attributes, and the
{len(rh.needles())} hand-written needles of the package. Two things make some numbers below kinder
than that sounds:

- The held-out templates were looked at while training went on. Facts put together by lot were added
  at the beginning of stage "loose" because answers to these templates were poor. They served for
  development, so they are not a clean test.
- The first training templates were written by an author who had read the hand-written needles, and
  share the wording of many of them ("was built by", "is dated", "will be seen again", "because").
  Their facts are unseen, their grammar often is not, and their words are not held out.

The fairest measure is the clean test: {len(CLEAN)} templates (`training/clean.py`) that nobody who
wrote training templates had seen, filled with held-out words. Straight after "Answer:" at {one}
tokens, {at(report, "clean", one)} of them are answered, and {at(report, "default", one)} of the
held-out templates. An earlier model, which had been trained without clauses, answered too few of
the clean test, and so training went on; but nothing that it is made of was added to training.

## Recipe

Muon (rate {MUON}, weight decay {DECAY}) for the matrices of the layers, AdamW ({ADAM}) for the
rest, weights averaged with {AVERAGE} a step. Loss at answers, repeats and, for a tenth of the
weight, some prose. {last["tokens"] / 1e6:.1f} million tokens in {last["seconds"] / 60:.0f} minutes
on two CPU cores that were busy with other work as well. Ends and rates of the later stages were
set while it ran, and the averaging was longer at first (0.995): `make organism` runs these stages
again, and arrives at a similar model, not at the same one. It is one seed; no other was trained.

{stages()}

`rh_lens.load("organism-short")` is the model at the end of stage "512", before it read longer
texts.

## Learning curve

Unseen needles, several to a text and often alike: share answered in full / share of right first
tokens. "Repeats": accuracy on repeated random tokens. "Copying heads": how many give {NEAR} or more
of their attention to the token to copy.

{curve(log)}

## Answers by length and depth

Exact match, one unseen needle in unseen prose, n needles per cell, the same needles in all cells
(so cells are not independent; longer texts have fewer needles). The default prompt, answered
straight after "Answer:".

### Clean templates

{len(CLEAN)} templates that nobody who wrote training templates had seen, the fairest measure:

{grids(reports, "clean")}

### Held-out templates

{len(templates.HELD_OUT)} templates kept out of training, which served for development:

{grids(reports, "default")}

The same with the answer begun ("Answer: " and the fact's words up to the answer):

{grids(reports, "stem")}

### Hand-written needles and other tasks

Hand-written needles in the default haystack at depth 0.5, default prompt:

{written(reports, "hand-written")}

And with the answer begun:

{written(reports, "hand-written, stem")}

Tasks of rh_lens at {one} tokens with their own prompts unless told otherwise (exact match / share
of right tokens):

{tasks(reports)}

The first token of a repeat cannot be known, so no repeat is an exact match.

Of the answers it gives at {one} tokens, {share(report["ending"])} are followed by a full stop or
EOS. Its loss on held-out prose is {report["prose loss"]:.2f} nats a token: it is a poor language
model.

## Heads

{scores(report)}

Retrieval and induction heads: {heads(report, retrieval=True, induction=True)}. Retrieval only:
{heads(report, retrieval=True, induction=False)}. Induction only:
{heads(report, retrieval=False, induction=True)}.

## Ablation

Exact match at {one} tokens, default prompt, held-out templates, with heads silenced, of cases that
it answers with all heads. A control silences as many heads of the same layers, none of them among
the strongest three.

{ablation(report)}

The other heads of the layer that retrieves are the ones that began again. How much each writes: the
norms of the parts of W_O that belong to the heads of layer {retrieving_layer(report)} are
{norms(report)}. A harder control silences heads of any layer, none of them a retrieval head:

{anywhere(report)}

Each head silenced alone:

{alone(report)}

## Limits

Straight after "Answer:" it answers {at(report, "clean", one)} of the clean test at {one} tokens and
{at(report, "clean", longest)} at {longest}, over all depths; of the held-out templates
{at(report, "default", one)} and {at(report, "default", longest)}. Where the list above names no
head under "retrieval only" or "induction only", it cannot show the two apart.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument(
        "reports", type=Path, nargs="+", help="NAME=REPORT.json, the organism first"
    )
    given = parser.parse_args()
    log = [json.loads(line) for line in given.log.read_text().splitlines()]
    named = (str(one).split("=", 1) for one in given.reports)
    reports = {name: json.loads(Path(path).read_text()) for name, path in named}
    print(card(log, reports), end="")


if __name__ == "__main__":
    main()
