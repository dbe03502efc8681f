"""What scoring every head costs, against generating the same answers without looking.

    python benchmarks/speed.py --lengths 512,1024,2048,4096 --rounds 7 --out speed.json

In one process, round by round, each way after the other; the median over rounds of each way's
seconds as a share of the bare way's in the same round. Models: the bundled one, and two with random
weights. A "right" case is one whose answer is what the model says, a "wrong" one something else, in
as many tokens. The ways:

    bare        Hugging Face with fused attention reads the prompt and generates. Nothing is scored:
                this is the limit.
    published   The same prefill; then attention weights at every step, judged head by head in a
                loop (the algorithm of Wu et al. 2024, in today's transformers).
    vectorised  The same, all heads of a layer at once.
    bridge      rh_lens with a TransformerBridge.
    hooked      rh_lens with a HookedTransformer, where TransformerLens has one.

Then a grid of needles, lengths and depths, scored as a whole; of the bundled model, which has heads
to find, also a grid that is asked only until they are known; and the fingerprint of the model that
`score_heads` takes once a run. The scores of all ways are checked to be the same.
"""

import argparse
import json
import os
import platform
import re
import statistics
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from itertools import product
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

import rh_lens as rh
from rh_lens.experiments.detect import examine
from rh_lens.model.identity import identity

ANSWER = 16  # tokens generated
SCORER = rh.RetrievalScore(counting="steps")  # as the published code counts
PACKAGES = ("rh_lens", "torch", "transformer-lens", "transformers")
KINDS = ["bridge", "hooked"] if version("transformer-lens").startswith("3.") else ["bridge"]
SIZES = {  # layers, width, heads, key-value heads
    "organism": None,
    "4 layers, d=256": (4, 256, 8, 8),
    "8 layers, d=512, GQA": (8, 512, 8, 2),
}
SEEDED = torch.Generator().manual_seed(0)
GRID = {"needles": 4, "depths": [0.0, 0.25, 0.5, 0.75, 1.0]}
BEGUN = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
KNOWN = rh.Stable(top=3)  # as many as the bundled model has


def save_model(folder, layers, width, heads, groups) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=groups,
        max_position_embeddings=1 << 17,
        initializer_range=0.1,  # wide enough that heads look somewhere
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


class HuggingFace:
    """The model without rh_lens."""

    def __init__(self, folder):
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="sdpa"
        ).eval()

    @contextmanager
    def watched(self):
        self.model.config._attn_implementation = "eager"
        yield
        self.model.config._attn_implementation = "sdpa"

    @torch.inference_mode()
    def read(self, tokens, cache=None, **options):
        told = {"past_key_values": cache, "use_cache": True, "logits_to_keep": 1, **options}
        return self.model(tokens[None], **told)

    def bare(self, case) -> list[int]:
        out = self.read(case.tokens)
        said = [int(out.logits[0, -1].argmax())]
        while len(said) < ANSWER:
            out = self.read(torch.tensor(said[-1:]), out.past_key_values)
            said.append(int(out.logits[0, -1].argmax()))
        return said

    def scored(self, case, judge) -> torch.Tensor:
        config = self.model.config
        scores = torch.zeros(config.num_hidden_layers, config.num_attention_heads)
        cache, token = self.read(case.tokens[:-1]).past_key_values, case.tokens[-1:]
        with self.watched():
            for _ in range(ANSWER):
                out = self.read(token, cache, output_attentions=True)
                token = out.logits[0, -1].argmax()[None]
                judge(out.attentions, case, int(token), scores)
        return scores


def head_by_head(attentions, case, token, scores) -> None:
    for layer, pattern in enumerate(attentions):
        for head in range(pattern.shape[1]):
            _, looked = pattern[0, head, -1].topk(1)
            for at in looked:
                inside = case.needle.start <= at.item() < case.needle.stop
                if inside and case.tokens[at.item()].item() == token:
                    scores[layer, head] += 1 / len(case.needle)


def all_heads(attentions, case, token, scores) -> None:
    looked = torch.stack([pattern[0, :, -1].argmax(dim=-1) for pattern in attentions])
    inside = (looked >= case.needle.start) & (looked < case.needle.stop)
    said = case.tokens[looked.clamp(max=len(case) - 1)] == token
    scores += (inside & said) / len(case.needle)


def ours(model, case, *, right: bool) -> torch.Tensor | None:
    """What `score_heads` does for each case."""
    answering = rh.Greedy(max_new_tokens=None if right else ANSWER, stop=())
    (result,) = examine(model, case, answering, [SCORER])
    if result["found"] != right:
        raise RuntimeError(f"the model said {result['said']!r}, not what it said to the bare way")
    return torch.tensor(result["scores"]) if right else None


def ways_of(plain, models, case, *, right: bool):
    scored = {"published": head_by_head, "vectorised": all_heads} if right else {}
    return {
        "bare": partial(plain.bare, case),
        **{way: partial(plain.scored, case, judge) for way, judge in scored.items()},
        **{kind: partial(ours, model, case, right=right) for kind, model in models.items()},
    }


def rounds_of(ways, rounds: int) -> dict[str, list[float]]:
    """Seconds, round by round, after a first round that checks and is not counted."""
    results = [way() for name, way in ways.items() if name != "bare"]
    for other in results[1:]:
        torch.testing.assert_close(other, results[0])
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def rows_of(setting, seconds):
    for way, own in seconds.items():
        shares = [one / bare for one, bare in zip(own, seconds["bare"], strict=True)]
        row = {**setting, "way": way, "seconds": statistics.median(own)}
        yield {**row, "ratio": statistics.median(shares), "least": min(shares), "most": max(shares)}


def measure(name, folder, lengths, rounds, grid_lengths, grid_rounds):
    plain = HuggingFace(folder)
    models = {kind: rh.load(folder, kind=kind) for kind in KINDS}
    longest = plain.model.config.max_position_embeddings - 2 * ANSWER
    texts = torch.randint(5, plain.model.config.vocab_size, (max(lengths) + 64,), generator=SEEDED)
    for length in [each for each in lengths if each <= longest]:
        prompt, needle = texts[:length], range(length // 8, length - length // 8)
        said = torch.tensor(plain.bare(rh.Case(prompt, prompt[:1], needle)))
        for right in (True, False):
            case = rh.Case(prompt, said if right else (said + 1) % 1024, needle)
            seconds = rounds_of(ways_of(plain, models, case, right=right), rounds)
            setting = {"model": name, "length": length, "case": "right" if right else "wrong"}
            yield from rows_of(setting, seconds)
    if grid := [each for each in grid_lengths if each <= longest]:
        seconds = rounds_of(ways_of_grid(plain, models, texts, grid), grid_rounds)
        yield from rows_of({"model": name, "length": max(grid), "case": "grid"}, seconds)
    if grid and not SIZES[name]:
        seconds = rounds_of(ways_until_known(plain, models, grid), grid_rounds)
        yield from rows_of({"model": name, "length": max(grid), "case": "until known"}, seconds)
    for kind, model in models.items():
        start = time.perf_counter()
        identity(model)
        once = {"seconds": time.perf_counter() - start, "ratio": None, "least": None, "most": None}
        yield {"model": name, "length": 0, "case": "fingerprint, once a run", "way": kind, **once}


def ways_of_grid(plain, models, hay, lengths):
    """Needles, lengths and depths; `score_heads` reads what prompts have in common once."""
    needles = torch.randint(5, 1024, (GRID["needles"], ANSWER), generator=SEEDED)
    cases = []
    for needle, length, depth in product(needles, lengths, GRID["depths"]):
        at = 1 + int(depth * (length - 32 - ANSWER))
        prompt = torch.cat([hay[:at], needle, hay[at : length - ANSWER]])
        said = torch.tensor(plain.bare(rh.Case(prompt, needle, range(1))))
        cases.append(rh.Case(prompt, said, range(at, at + ANSWER)))

    def each(way):
        return torch.stack([way(case) for case in cases])

    def whole(model):
        return rh.score_heads(model, cases, SCORER, answering=rh.Greedy(stop=())).values

    return {
        "bare": lambda: [plain.bare(case) for case in cases],
        "published": partial(each, partial(plain.scored, judge=head_by_head)),
        "vectorised": partial(each, partial(plain.scored, judge=all_heads)),
        **{kind: partial(whole, model) for kind, model in models.items()},
    }


def ways_until_known(plain, models, lengths):
    """Hand-written needles; rh_lens asks until the heads are known, the others ask all cases."""
    model = next(iter(models.values()))
    needles = rh.needles()[:24]  # the English ones
    cases = rh.niah(model.tokenizer, needles, rh.Haystack(), lengths, GRID["depths"], prompt=BEGUN)

    def best(scores):
        return scores.flatten().topk(KNOWN.top).indices.sort().values

    def published():
        return best(torch.stack([plain.scored(case, head_by_head) for case in cases]).mean(dim=0))

    def known(model):
        return best(rh.score_heads(model, cases, SCORER, until=KNOWN).mean)

    return {
        "bare": lambda: [plain.bare(case) for case in cases],
        "published": published,
        **{kind: partial(known, model) for kind, model in models.items()},
    }


def processor() -> str:
    known = Path("/proc/cpuinfo")
    found = known.exists() and re.search(r"model name\s*: (.+)", known.read_text())
    return found[1] if found else platform.processor()


def table(rows) -> str:
    lines = [f"{'model':22} {'length':>6} {'case':24} {'way':11} {'seconds':>8} {'of bare':>8}"]
    for row in rows:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:8.2f}"
        lines.append(
            f"{row['model']:22} {row['length']:6} {row['case']:24} {row['way']:11} "
            f"{row['seconds']:8.3f} {ratio}"
        )
    return "\n".join(lines)


def numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lengths", type=numbers, default=[512, 1024, 2048, 4096])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--grid", type=numbers, default=[1024, 2048], help="lengths; '' for none")
    parser.add_argument("--grid-rounds", type=int, default=3)
    parser.add_argument(
        "--models", default="; ".join(SIZES), help="some of them, with '; ' between"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("speed.json"))
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    rows = []
    for name in given.models.split("; "):
        with tempfile.TemporaryDirectory() as folder:
            if SIZES[name]:
                save_model(folder, *SIZES[name])
            source = folder if SIZES[name] else str(files("rh_lens") / "organism")
            settings = (given.lengths, given.rounds, given.grid, given.grid_rounds)
            for row in measure(name, source, *settings):
                rows.append(row)
                print(table([row]).splitlines()[1], flush=True)
    about = {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": given.threads,
        "load": os.getloadavg()[0],
        "versions": {package: version(package) for package in PACKAGES},
        "settings": {**vars(given), "out": str(given.out), "answer": ANSWER, "grid of": GRID},
    }
    given.out.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(rows)}\n\nwrote {given.out}")


if __name__ == "__main__":
    main()
