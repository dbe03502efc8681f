"""Figures, tables and pictures on the pages: each `{{ name }}` is replaced at the build.

`{{ scores.answered }}` is a number that was measured; `{{ table curve }}` one of the tables here.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import measured
import picture

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "data" / "published.json"
SPEED = ROOT / "benchmarks" / "results" / "speed.json"
MEMORY = SPEED.with_name("memory.json")
MARK = re.compile(r"\{\{ ([a-z0-9_ .]+?) \}\}")
WAYS = {  # of the benchmark, by what to call them
    "bare": "generating, no scores",
    "published": "as published, head by head",
    "vectorised": "as published, vectorised",
    "bridge": "rh_lens, TransformerBridge",
    "hooked": "rh_lens, HookedTransformer",
}
LATE = {"explorer"}  # put in after Markdown has been read, which would wrap its lines


@cache
def found() -> dict[str, Any]:
    return measured.measured()


@cache
def published() -> dict[str, Any]:
    return json.loads(PUBLISHED.read_text(encoding="utf-8"))


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    try:
        return MARK.sub(lambda mark: filled(mark[1]), markdown)
    except KeyError as error:
        raise ValueError(f"{page.file.src_uri} asks for {error}, which is not measured") from error


def on_page_content(html: str, **_: Any) -> str:
    for name in LATE:
        html = html.replace(f'<div data-fill="{name}"></div>', found()[name])
    return html


def filled(name: str) -> str:
    """What stands for one mark."""
    if name in LATE:
        return f'<div data-fill="{name}"></div>'
    if name in PIECES:
        return PIECES[name]()
    value: Any = found()
    for key in name.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return said(value)


def said(value: Any) -> str:
    match value:
        case float():
            return number(value)
        case list():
            return ", ".join(map(said, value)) or "none"
        case int():
            return f"{value:,}".replace(",", " ")
        case _:
            return str(value)


def number(value: float, digits: int = 2) -> str:
    """Written so that nothing seems more certain, or less, than it is."""
    if value and abs(value) < 10**-digits:
        return f"< {10**-digits:.{digits}f}" if value > 0 else f"> −{10**-digits:.{digits}f}"
    return f"{value:.{digits}f}".replace("-", "−")


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table, the first column to the left and numbers to the right."""
    lines = [list(head), [":--"] + ["--:"] * (len(head) - 1)]
    lines += [[said(cell) if cell is not None else "–" for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def top() -> str:
    rows = [
        (
            row["head"],
            row["score"],
            f"{number(row['low'])} to {number(row['high'])}",
            share(row["active"]),
        )
        for row in found()["scores"]["top"]
    ]
    return table(["head", "score", "95 % interval", "active in"], rows)


def share(value: float) -> str:
    return f"{100 * value:.0f} %"


def bins() -> str:
    """How many heads have how much, in seven published files and in the bundled model."""
    own = found()["scores"]["bins"]
    total = sum(own.values())
    rows: list[tuple[Any, ...]] = [
        (f["file"], *(f"{f['bins'][bin]:.1f} %" for bin in ("=0", "0-0.1", "0.1-0.5", "0.5-1")))
        for f in published()["files"]
    ]
    rows.append(("**bundled model**", *(f"{100 * count / total:.1f} %" for count in own.values())))
    return table(["", "0", "up to 0.1", "0.1 to 0.5", "0.5 or more"], rows)


def files() -> str:
    rows = [
        (f["file"], f["runs"], f["distinct"], f["zero"], f["above one"], f["strong"], f["always"])
        for f in published()["files"]
    ]
    head = [
        "file",
        "runs",
        "distinct",
        "no head scored",
        "a head above 1",
        "heads ≥ 0.1",
        "always active",
    ]
    return table(head, rows)


def pairs() -> str:
    rows = [
        (
            f"{p['a']}, {p['b']}",
            number(p["pearson"], 3),
            number(p["spearman"], 3),
            f"{p['top 20']} of 20",
        )
        for p in sorted(published()["pairs"], key=lambda p: -p["pearson"])
    ]
    return table(["models", "Pearson", "Spearman", "shared top 20"], rows)


def runs() -> str:
    first = published()["files"][0]
    head = ["file", *(f"{n} runs" for n in first["samples"]), *first["needles"]]
    rows = [
        (f["file"], *f["samples"].values(), *f["needles"].values()) for f in published()["files"]
    ]
    return table(head, rows)


def samples() -> str:
    rows = [(str(r["needles"]), share(r["mean"]), share(r["least"])) for r in found()["samples"]]
    return table(["needles", "of the list found, mean", "in the worst draw"], rows)


def curve() -> str:
    rows = []
    for row in found()["curve"]["rows"]:
        low, high = number(row["low"]), number(row["high"])
        spread = [
            f"{number(middle)} ({number(least)} to {number(most)})"
            for middle, least, most in (row["same layers"], row["any layer"])
        ]
        rows.append(
            (str(row["k"]), f"{number(row['mean'])} ({low} to {high})", *spread, row["text"])
        )
    head = [
        "heads taken away",
        "retrieval heads",
        "others, same layer or the nearest",
        "others, any layer",
    ]
    return table([*head, "loss of ordinary text"], rows)


def errors() -> str:
    return table(["what became of the answer", "cases"], found()["errors"].items())


def semantics() -> str:
    """Accuracy of each ablation at each scope, and what it does to ordinary text."""
    rows: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in found()["semantics"]["rows"]:
        rows.setdefault(row["ablation"], {})[row["scope"]] = row
    scopes = ("everywhere", "prompt", "decoding")
    body = [
        (name, *(own.get(s, {}).get("accuracy") for s in scopes), own["everywhere"]["text loss"])
        for name, own in rows.items()
    ]
    return table(["ablation", *scopes, "loss of ordinary text"], body)


def scorers() -> str:
    rows = [
        (f"`{r['scorer']}`", ", ".join(f"{own['head']} {number(own['score'])}" for own in r["top"]))
        for r in found()["scorers"]
    ]
    return table(["score", "strongest heads"], rows)


def speed() -> str:
    """The committed result of `make bench`."""
    if not SPEED.is_file():
        return (
            '!!! note "Not measured"\n    No result of the benchmark is in '
            "`benchmarks/results/speed.json`. `make bench` measures it."
        )
    result = json.loads(SPEED.read_text(encoding="utf-8"))
    return f"{conditions(result)}\n\n" + "\n\n".join(ratios(result["rows"]))


def memory() -> str:
    """The committed result of `benchmarks/memory.py`."""
    rows = json.loads(MEMORY.read_text(encoding="utf-8"))["rows"]
    ways = list(dict.fromkeys(row["way"] for row in rows))
    found = {(row["length"], row["way"]): row for row in rows}
    body = [
        (
            length,
            f"{found[length, ways[0]]['bare MiB']:.0f} MiB",
            *(f"× {found[length, way]['ratio']:.2f}" for way in ways),
        )
        for length in sorted({row["length"] for row in rows})
    ]
    return table(["tokens", "bare", *ways], body)


def conditions(result: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {which}" for name, which in result["versions"].items())
    settings = result["settings"]
    return (
        f"Measured on {result['date']}: {result['processor']}, {result['threads']} of "
        f"{result['cores']} cores, {settings['rounds']} rounds, answers of {settings['answer']} "
        f"tokens; {versions}. The load was {result['load']:.1f} at the end: with other "
        "work beside, single times are rough, and the range says how rough."
    )


def ratios(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """A table for every model and kind of case: time of each way over that of bare generation."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["ratio"] is not None and row["way"] in WAYS:
            groups.setdefault((row["model"], row["case"]), []).append(row)
    for (model, case), own in groups.items():
        lengths = sorted({row["length"] for row in own})
        cells = {(row["way"], row["length"]): row for row in own}
        body = []
        for way, meant in WAYS.items():
            if any((way, length) in cells for length in lengths):
                body.append((meant, *(_ratio(cells.get((way, length))) for length in lengths)))
        head = table(["", *(f"{length} tokens" for length in lengths)], body)
        yield f"### {model}: {CASES.get(case, case)}\n\n{head}"


CASES = {
    "right": "the right answer is what the model says",
    "wrong": "the model says something else",
    "grid": "a grid of needles, lengths and depths",
    "until known": "a grid, and rh_lens asks until the top heads are known",
}


def _ratio(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return None
    if row["way"] == "bare":
        return f"{row['seconds']:.2f} s"
    return f"× {row['ratio']:.2f} ({row['least']:.2f} to {row['most']:.2f})"


def strong() -> str:
    counts = [f["strong"] for f in published()["files"]]
    return f"{min(counts)} to {max(counts)}"


def spread() -> str:
    """The share of heads at 0.1 or more, least and most of the seven files."""
    shares = [f["bins"]["0.1-0.5"] + f["bins"]["0.5-1"] for f in published()["files"]]
    return f"{min(shares):.1f} to {max(shares):.1f} %"


PIECES: dict[str, Callable[[], str]] = {
    "copying": picture.copying,
    "map": lambda: picture.heads(found()["scores"]["map"], found()["scores"]["heads"]),
    "published strong": strong,
    "published share": spread,
    "few.cases": lambda: said(found()["curve"]["cases"]),
    **{
        f"table {make.__name__}": make
        for make in (
            top,
            bins,
            files,
            pairs,
            runs,
            samples,
            curve,
            errors,
            semantics,
            scorers,
            speed,
            memory,
        )
    },
}
