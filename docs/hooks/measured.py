"""What the pages say of the bundled model, measured when the site is built and kept until the
package changes.

    python docs/hooks/measured.py
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

import rh_lens as rh

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "docs" / "measured"
PACKAGE = ROOT / "rh_lens"
PROMPT = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
LENGTHS, DEPTHS = [256, 512], [0.0, 0.5, 1.0]
FEW = 16  # cases of the experiments that ask many times
SAMPLES = (1, 2, 4, 8, 16)  # needles
DRAWS = 200  # of so many needles
CONTROLS = 5  # draws of each kind
HELD = 0.1  # from which mean score on a head counts as a retrieval head, as in the paper
LOG = logging.getLogger("mkdocs.hooks.measured")


def measured() -> dict[str, Any]:
    """All of it. What the last build measured of the same package is taken from there."""
    bench = Bench(digest())
    return {name: bench.kept(name, part) for name, part in PARTS.items()}


def digest() -> str:
    """Of every file that the numbers depend on."""
    files = [Path(__file__), *(path for path in PACKAGE.rglob("*") if _counts(path))]
    told = hashlib.sha256()
    for path in sorted(files):
        told.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return told.hexdigest()


class Bench:
    """The bundled model, and what all parts ask of it. Nothing is loaded before it is needed."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def kept(self, name: str, part: Callable[["Bench"], Any]) -> Any:
        file = KEPT / f"{name}.json"
        if file.is_file():
            kept = json.loads(file.read_text(encoding="utf-8"))
            if kept["digest"] == self.digest:
                return kept["found"]
        LOG.info("Measuring the bundled model: %s", name)
        started = time.perf_counter()
        found = part(self)
        seconds = round(time.perf_counter() - started, 1)
        KEPT.mkdir(parents=True, exist_ok=True)
        content = {"digest": self.digest, "seconds": seconds, "found": found}
        file.write_text(json.dumps(content), encoding="utf-8")
        return found

    @cached_property
    def model(self) -> Any:
        return rh.load()

    @cached_property
    def cases(self) -> list[rh.Case]:
        return self.hide(LENGTHS)

    def hide(self, lengths: list[int]) -> list[rh.Case]:
        english, hay = rh.needles()[:24], rh.Haystack()
        return rh.niah(self.model.tokenizer, english, hay, lengths, DEPTHS, prompt=PROMPT)

    @cached_property
    def scores(self) -> rh.HeadScores:
        return rh.score_heads(self.model, self.cases, rh.RetrievalScore())

    @property
    def heads(self) -> list[rh.Head]:
        return self.scores.above(HELD)

    @cached_property
    def few(self) -> list[rh.Case]:
        """Some that it answers, their needles as different as can be."""
        answered = [
            case
            for case, labels in zip(self.cases, self.scores.labels, strict=True)
            if labels["found"] and case.labels["depth"] == DEPTHS[1]
        ]
        return answered[:: max(1, len(answered) // FEW)][:FEW]

    @cached_property
    def text(self) -> list[rh.Case]:
        return rh.plain_text(self.model.tokenizer, rh.Haystack())


def scores(bench: Bench) -> dict[str, Any]:
    own, heads = bench.scores, bench.heads
    size = sum(weights.numel() for weights in bench.model.parameters())
    return {
        "layers": bench.model.cfg.n_layers,
        "width": bench.model.cfg.n_heads,
        "parameters": size,
        "asked": len(bench.cases),
        "answered": int(sum(labels["found"] for labels in own.labels)),
        "needles": len(bench.cases) // (len(LENGTHS) * len(DEPTHS)),
        "lengths": LENGTHS,
        "depths": [f"{depth:g}" for depth in DEPTHS],
        "heads": [str(head) for head in heads],
        "map": own.mean.tolist(),
        "top": _top(own, len(heads) + 3),
        "bins": {str(bin): int(count) for bin, count in own.bins().items()},
        "half": rh.sparsity(own).half,
    }


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and "cli" not in path.parts


def _top(scores: rh.HeadScores, count: int) -> list[dict[str, Any]]:
    rows = []
    for head in scores.top(count):
        low, high = scores.interval(head)
        active = float(scores.activation_frequency[head])
        row = {"head": str(head), "score": scores[head], "low": low, "high": high, "active": active}
        rows.append(row)
    return rows


def samples(bench: Bench) -> list[dict[str, Any]]:
    """How much of the top list of all needles some of them choose, one case a needle."""
    values, needles = bench.scores.measured()
    count = len(bench.heads)
    cases = {name: [i for i, own in enumerate(needles) if own == name] for name in set(needles)}
    names, reference = sorted(cases, key=str), set(_strongest(values.mean(dim=0), count))
    draw = torch.Generator().manual_seed(0)
    rows = []
    for size in SAMPLES:
        shares = []
        for _ in range(DRAWS):
            chosen = [names[i] for i in torch.randperm(len(names), generator=draw)[:size]]
            picks = [
                cases[name][int(torch.randint(len(cases[name]), (1,), generator=draw))]
                for name in chosen
            ]
            own = set(_strongest(values[picks].mean(dim=0), count))
            shares.append(len(own & reference) / len(reference))
        rows.append({"needles": size, "mean": sum(shares) / DRAWS, "least": min(shares)})
    return rows


def _strongest(mean: torch.Tensor, count: int) -> list[int]:
    return mean.flatten().argsort(descending=True, stable=True)[:count].tolist()


def before(bench: Bench) -> dict[str, Any]:
    """The model before it was trained on longer texts."""
    return _beside(bench, "organism-short")


def second(bench: Bench) -> dict[str, Any]:
    """The model of another seed."""
    return _beside(bench, "organism-seed2")


def _beside(bench: Bench, name: str) -> dict[str, Any]:
    """Another model and the bundled one, both asked the shorter questions."""
    cases = bench.hide(LENGTHS[:1])
    own = rh.score_heads(rh.load(name), cases, rh.RetrievalScore())
    here = bench.scores.where(length=LENGTHS[0])
    found = rh.universality(other=own, here=here).frame().iloc[0]
    return {
        "answered": int(sum(labels["found"] for labels in own.labels)),
        "asked": len(cases),
        "heads": [str(head) for head in own.above(HELD)],
        "pearson": float(found["pearson"]),
        "p": float(found["pearson p"]),
        "p in layers": float(found["pearson p in layers"]),
        "layers alone": float(found["pearson layers alone"]),
    }


def induction(bench: Bench) -> dict[str, Any]:
    model, scores = bench.model, bench.scores
    repeated = rh.repeats(model.tokenizer, length=50, count=20)
    forced = rh.TeacherForced()
    own = rh.score_heads(model, repeated, rh.InductionScore(), answering=forced)
    both = rh.compare(retrieval=scores, induction=own)
    sorted_out = rh.induction_vs_retrieval(scores, own)
    return {
        "heads": [str(head) for head in own.above(HELD)],
        "both": [str(head) for head in sorted_out.both],
        "retrieval only": [str(head) for head in sorted_out.retrieval_only],
        "induction only": [str(head) for head in sorted_out.induction_only],
        "chance": sorted_out.chance,
        "spearman": float(both.rank_correlation().loc["retrieval", "induction"]),
        "pearson": float(both.correlation("pearson").loc["retrieval", "induction"]),
    }


def dynamics(bench: Bench) -> dict[str, Any]:
    activity = rh.dynamics(bench.model, bench.few)
    return {
        "always": [str(head) for head in activity.always()],
        "always of steps": [str(head) for head in activity.always(of="steps")],
        "active": activity.active_heads()["mean"].to_dict(),
        "alike": activity.jaccard()["mean"].dropna().to_dict(),
    }


def curve(bench: Bench) -> dict[str, Any]:
    model, top = bench.model, bench.heads
    count = len(top)
    counts = range(1, count + 1)
    pool = rh.all_heads(model.cfg.n_layers, model.cfg.n_heads)
    controls = {
        f"same layers {i}": rh.matched_heads(pool, top, nearest=True, seed=i)
        for i in range(CONTROLS)
    }
    controls |= {
        f"any layer {i}": rh.random_heads(pool, count, besides=top, seed=i) for i in range(CONTROLS)
    }
    found = rh.ablation_curve(
        model, bench.few, top, counts=counts, controls=controls, texts=bench.text
    )
    accuracy, loss = found.frame(), found.frame("text loss")
    rows = []
    for k in [0, *counts]:
        own = accuracy[accuracy["count"] == k].set_index("heads")
        losses = loss[loss["count"] == k].set_index("heads")["mean"]
        row = {"k": k, **own.loc["ranking", ["mean", "low", "high"]].astype(float).to_dict()}
        for kind in ("same layers", "any layer"):
            rivals = own["mean"][own.index.str.startswith(kind)].astype(float)
            row[kind] = [float(rivals.median()), float(rivals.min()), float(rivals.max())]
        rows.append(row | {"text": float(losses["ranking"])})
    return {"rows": rows, "controls": CONTROLS, "cases": len(bench.few)}


def errors(bench: Bench) -> dict[str, int]:
    change = rh.UniformAttention(tuple(bench.heads), scope="decoding")
    sorted_out = rh.error_types(bench.model, bench.few, heads=bench.heads, change=change)
    kinds = sorted_out.frame()["type"].value_counts()
    return {str(kind): int(count) for kind, count in kinds.items()}


def semantics(bench: Bench) -> dict[str, Any]:
    cases, text = bench.few[::2], bench.text[:1]
    table = rh.ablation_semantics(bench.model, cases, bench.heads, reference=text).frame()
    rows = [{k: None if v != v else v for k, v in row.items()} for row in table.to_dict("records")]
    return {"rows": rows, "cases": len(cases)}


def scorers(bench: Bench) -> list[dict[str, Any]]:
    """What every score that these prompts allow says of the same replies."""
    asked = [
        rh.RetrievalScore(), rh.HeadKVR2Score(), rh.SemanticRetrievalScore(), rh.PassageHitRate(),
        rh.SpatialContrast(), rh.ValueWeightedMass(), rh.ContextualScore(), rh.QueryFocusedScore(),
        rh.EvidenceMass(), rh.LookbackRatio(), rh.WriteContribution(), rh.LogitAttribution(),
        rh.InductionScore(), rh.DuplicateTokenScore(), rh.PreviousTokenScore(), rh.SinkMass(),
        rh.LocalMass(), rh.AttentionEntropy(),
    ]  # fmt: skip
    results = rh.score_heads(bench.model, bench.few, asked)
    return [
        {"scorer": type(scorer).__name__, "top": _top(own, 4)}
        for scorer, own in zip(asked, results, strict=True)
    ]


def explorer(bench: Bench) -> str:
    """A piece of a page in which heads can be chosen."""
    cases = [bench.few[0], bench.few[-1]]
    others = [rh.QueryFocusedScore(), rh.LogitAttribution()]
    found = [bench.scores, *rh.score_heads(bench.model, bench.few[:8], others)]
    return rh.explore(bench.model, cases, found).html(heads=6, cases=2)


PARTS: dict[str, Callable[[Bench], Any]] = {
    part.__name__: part
    for part in (
        scores, samples, before, second, induction, dynamics, curve, errors, semantics, scorers,
        explorer,
    )
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps({k: v for k, v in measured().items() if k != "explorer"}, indent=1))
