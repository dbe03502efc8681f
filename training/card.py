"""Card: README.md of the bundled models, from reports of `training.evaluate` and logs of runs.

python -m training.card FOLDER organism organism-short ... > rh_lens/organism/README.md

FOLDER has NAME.json for every model, and NAME.jsonl for those that have a run of their own.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

import rh_lens as rh
from training import evaluate, loose, templates, text
from training.evaluate import BEGIN, NEAR
from training.fewer import KEPT
from training.lists import BROAD, CLEAN, HELD_OUT, WATCHED
from training.model import blank
from training.recipe import EARLIER, RECIPE, SEEDS
from training.train import ADAM, AVERAGE, DECAY, MUON, TOKENS
from training.verbs import EXTRA

Row = Sequence[object]
Log = list[dict[str, Any]]


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


def found(reports: dict[str, Any]) -> str:
    rows = [
        [name, needles, share(its["exact"]), share(its["found"]), its["cases"]]
        for name, report in reports.items()
        for needles, its in report["counted"].items()
    ]
    return table(["model", "needles", "at once", "anywhere in the reply", "n"], rows)


def by_place(reports: dict[str, Any]) -> str:
    rows = [
        [name, needles, *(f"{share(its['exact'])} (n = {its['cases']})" for its in by.values())]
        for name, report in reports.items()
        for needles, by in report["by place"].items()
    ]
    return table(["model", "needles", "opens its sentence", "stands within it"], rows)


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


def ablation(found_without: dict[str, Any]) -> str:
    rows = []
    for count, found in found_without.items():
        if count == "0":
            rows.append(["none", share(found["exact"]), "", ""])
            continue
        controls = found["controls"]
        rows.append(
            [", ".join(found["heads"]), share(found["exact"]), share(median(controls)),
             " ".join(share(one) for one in sorted(controls))]
        )  # fmt: skip
    return table(["silenced", "exact match", "median of ten controls", "the ten"], rows)


def spared(found_without: dict[str, Any]) -> str:
    """What the median control leaves that silences the most heads."""
    return share(median(list(found_without.values())[-1]["controls"]))


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


def curve(log: Log) -> str:
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
         stage.mix.pairs, stage.mix.alone, stage.mix.loose, stage.mix.clauses, stage.mix.broad,
         stage.mix.disguised, stage.mix.stem, stage.mix.most, stage.mix.dense, stage.rate,
         stage.pace if stage.pace < 1 else ""]
        for stage in RECIPE
    ]  # fmt: skip
    return table(
        ["stage", "until M tokens", "lengths", "repeats", "JSON", "facts alone", "by lot",
         "clauses", "longer list", "disguised", "begun", "facts at most", "dense",
         "rate at its end", "pace of beginners"],
        rows,
    )  # fmt: skip


def at(report: dict[str, Any], prompt: str, length: int) -> str:
    """Exact match at a length, over all depths."""
    return share(over_depths(report[prompt][str(length)]))


def began(log: Log) -> str:
    """The heads that began again."""
    return ", ".join(
        f"L{layer}H{index}" for layer, index in sorted(map(tuple, log[-1]["beginners"]))
    )


def run(name: str, log: Log) -> str:
    """How long a model was trained, and how it got on."""
    last = log[-1]
    return f"""### `{name}`

Seed {SEEDS[name]}; {last["tokens"] / 1e6:.1f} million tokens in
{last["seconds"] / 60:.0f} minutes. Heads that began again: {began(log)}.

{curve(log)}
"""


def circuit(name: str, report: dict[str, Any]) -> str:
    """Which heads retrieve, and what becomes of the answers without them."""
    layer = retrieving_layer(report)
    return f"""### `{name}`

{scores(report)}

Retrieval and induction heads: {heads(report, retrieval=True, induction=True)}. Retrieval only:
{heads(report, retrieval=True, induction=False)}. Induction only:
{heads(report, retrieval=False, induction=True)}.

{ablation(report["ablation"])}

The same with the answer begun:

{ablation(report["ablation, answers begun"])}

The other heads of the layer that retrieves are the ones that began again. How much each writes: the
norms of the parts of W_O that belong to the heads of layer {layer} are {norms(report)}. A harder
control silences heads of any layer, none of them a retrieval head:

{anywhere(report)}

Each head silenced alone:

{alone(report)}
"""


def card(logs: dict[str, Log], reports: dict[str, Any]) -> str:
    """The whole card; the first report is that of the model that is loaded without a name."""
    report = next(iter(reports.values()))
    config = blank(0).config
    one, longest = evaluate.LENGTH, evaluate.LENGTHS[-1]
    most = list(report["ablation"])[-1]
    runs = "\n".join(run(name, log) for name, log in logs.items())
    circuits = "\n".join(circuit(name, reports[name]) for name in logs)
    read = max(length for stage in RECIPE for length in stage.lengths)
    return f"""# The organism

A language model of {report["parameters"] / 1e6:.1f} million parameters that answers questions about
facts hidden in text, so that everything in rh_lens can be tried offline, in seconds, on a CPU.
`rh_lens.load()` loads it. `rh_lens.load("organism-short")` is the same model before it read longer
texts (after stage "{EARLIER}"), `rh_lens.load("organism-seed2")` one of another seed.
Every number on this page is printed by `training/card.py`.

## Architecture

`LlamaForCausalLM`: {config.num_hidden_layers} layers, d_model {config.hidden_size},
{config.num_attention_heads} query heads of {config.head_dim} on {config.num_key_value_heads}
key-value heads, SwiGLU of {config.intermediate_size}, RMSNorm, RoPE with theta
{config.rope_parameters["rope_theta"]:.0f}, untied readout, byte-level BPE of {config.vocab_size}
tokens with single digits, float16 weights, trained up to {read} tokens.

## Where its heads come from

**The start is blank.** Every matrix is Gaussian noise; nothing tells a head where to look or
what to copy (`training/model.py`). Copying emerged in training on repeated random tokens.

**One intervention.** Muon gives all heads of a layer an equal share of each update, so all
{config.num_attention_heads} heads of one layer learnt to copy. After the stage before "few", the
{KEPT} that attended most to what they copy were left as they were, and the others
began again with blank weights and a silent output, and learnt
more slowly from there on (`training/fewer.py`). So which layer copies, and how, is learnt; that few
heads of it do is our doing, and sparsity here is no finding.

**One choice.** Both seeds were trained and measured. The one that is loaded without a name is that
which answers more of the held-out templates straight after "Answer:", over all lengths.

## Data

Prose of `pydoc_data.topics` and the standard library's docstrings ({len(text.training()):,}
characters); facts of {len(templates.TRAINING)} templates, of a longer list of {len(BROAD)} more
(`training/facts`, `training/more`), some with other words in place of those that statement and
question share (`training/disguise.py`), put together by lot ({len(loose.PIECES)} pieces), or made
by turning a clause about ({len(EXTRA)} verbs beside those of the prose); repeated random tokens;
JSON pairs; in the frame of the default prompt, among others. Questions are answered straight after
"Answer:", or after the fact's own first words, and end with a full stop and EOS.

Not trained on: the first {len(text.held_out()):,} characters of the default haystack (where prompts
are cut from), {len(HELD_OUT)} held-out templates, {len(WATCHED)} of the longer list, a sixth of all
words and attributes, and the {len(rh.needles())} hand-written needles of the package. Two things
make some numbers below kinder than that sounds:

- The held-out templates were looked at in earlier runs, and what a model answered poorly decided
  what kinds of facts to add. They served for development, so they are not a clean test.
- The first training templates were written by an author who had read the hand-written needles, and
  share the wording of many of them ("was built by", "is dated", "will be seen again", "because").
  Their facts are unseen, their grammar often is not, and their words are not held out.

The fairest measure is the clean test: {len(CLEAN)} templates (`training/unseen/clean.txt`) by an
author who had seen no other template, filled with held-out words. Earlier models were asked it, and
only their totals were read; no author of a template has seen it, and those of `training/more` that
repeated half of the longer words of one of its were dropped by a script.
Straight after "Answer:" at {one} tokens, {at(report, "clean", one)} of it is answered, and
{at(report, "default", one)} of the held-out templates.

## Recipe

Muon (rate {MUON}, weight decay {DECAY}) for the matrices of the layers, AdamW ({ADAM}) for the
rest, weights averaged with {AVERAGE} a step. Loss at answers, repeats and, for a tenth of the
weight, some prose, in bfloat16, {TOKENS} tokens a step. `make organism` runs it on two CPU cores,
which share the rows of each step. The lists of templates and values grew, and stages were tried and
dropped, in earlier runs of other recipes.

{stages()}

Learning curves: unseen needles of the held-out templates and of those of the longer list that were
kept out, several to a text and often alike, as share answered in full / share of right first
tokens. "Repeats": accuracy on repeated random tokens. "Copying heads": how many give {NEAR} or more
of their attention to the token to copy.

{runs}
## Answers by length and depth

Exact match, one unseen needle in unseen prose, n needles per cell, the same needles in all cells
(so cells are not independent; longer texts have fewer needles). The default prompt, answered
straight after "Answer:".

### Clean templates

{len(CLEAN)} templates by an author who had seen no other, the fairest measure:

{grids(reports, "clean")}

### Held-out templates

{len(HELD_OUT)} templates kept out of training, which served for development:

{grids(reports, "default")}

The same with the answer begun ("Answer: " and the fact's words up to the answer), of the needles
that have {BEGIN} words or more there:

{grids(reports, "stem")}

### Templates of the longer list

{len(WATCHED)} of them that were kept out of training, by the same authors as those trained on:

{grids(reports, "kept out")}

The same with the answer begun:

{grids(reports, "stem, kept out")}

### As the toolkit counts

Above, an answer must begin at once. `score_heads` asks less: that the reply holds the right answer,
wherever that begins. Both counts, at {one} tokens and depth 0.5:

{found(reports)}

### Where the answer stands

What a question shares with a sentence that its answer opens ("Ten nails hold the door. What holds
the door?") comes after the answer. Such answers are harder. Four draws of every template, answered
at once, at {one} tokens and depth 0.5:

{by_place(reports)}

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

## Heads and ablation

Ablation: exact match at {one} tokens, default prompt, held-out templates, with heads silenced, of
cases that the model answers with all heads. A control silences as many heads of the same layers,
none of them among the strongest three.

{circuits}
## Limits

Straight after "Answer:" it answers {at(report, "clean", one)} of the clean test at {one} tokens and
{at(report, "clean", longest)} at {longest}, over all depths; of the held-out templates
{at(report, "default", one)} and {at(report, "default", longest)}. Where the lists above name no
head under "retrieval only" or "induction only", a model cannot show the two apart. A score just
above {NEAR} is no clear one.

Other heads of the layer that retrieves help with answers that are not begun, so a control there is
no bystander: the median one of {most} heads leaves {spared(report["ablation"])} of them, and
{spared(report["ablation, answers begun"])} of those that are begun.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+", help="of models, the one loaded without a name first")
    given = parser.parse_args()
    reports = {
        name: json.loads((given.folder / f"{name}.json").read_text()) for name in given.names
    }
    kept = {name: given.folder / f"{name}.jsonl" for name in given.names}
    logs = {
        name: [json.loads(line) for line in path.read_text().splitlines()]
        for name, path in kept.items()
        if path.exists()
    }
    print(card(logs, reports), end="")


if __name__ == "__main__":
    main()
