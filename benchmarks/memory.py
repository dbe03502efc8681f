"""Peak memory of scoring every head on one long case, against answering it without looking.

    python benchmarks/memory.py --lengths 4096,8192,16384

Each is measured in a process of its own, as its peak resident memory above what it held with the
model loaded (Linux), with an allocator that gives back at once what is freed; medians over rounds.
The model has 4 layers, 8 heads, d_model 256 and random weights. Bare is Hugging Face with fused
attention: the prompt, then the answer token by token.
"""

import argparse
import gc
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

import rh_lens as rh

ANSWER = 16
KINDS = ["bridge", "hooked"] if version("transformer-lens").startswith("3.") else ["bridge"]
PACKAGES = ("rh_lens", "torch", "transformer-lens", "transformers")


def save_model(folder: Path, length: int) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=8,
        max_position_embeddings=length + 64,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


def case_of(length: int) -> rh.Case:
    tokens = torch.arange(length) % 2048
    spans = {"fact": (range(100, 140),), "question": (range(length - 40, length - 5),)}
    return rh.Case(tokens, tokens[110 : 110 + ANSWER], range(110, 110 + ANSWER), spans=spans)


class Bare:
    def __init__(self, folder: str):
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="sdpa"
        ).eval()

    @torch.inference_mode()
    def __call__(self, case: rh.Case) -> None:
        out = self.model(case.tokens[None], use_cache=True, logits_to_keep=1)
        for _ in range(ANSWER - 1):
            token = out.logits[:, -1].argmax(dim=-1, keepdim=True)
            out = self.model(token, past_key_values=out.past_key_values, use_cache=True)


class Scored:
    def __init__(self, folder: str, kind: str):
        self.model = rh.load(folder, kind=kind, device="cpu")

    def __call__(self, case: rh.Case) -> None:
        scorers = [rh.RetrievalScore(), rh.QueryFocusedScore()]
        rh.score_heads(self.model, [case], scorers, answering=rh.TeacherForced())


def held(what: str) -> float:
    """Mebibytes: "VmRSS" is held at this moment, "VmHWM" the most since the last reset."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1024


def measure(way: str, folder: str, length: int) -> float:
    run = Bare(folder) if way == "bare" else Scored(folder, way)
    run(case_of(300))
    gc.collect()
    before = held("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    run(case_of(length))
    return held("VmHWM") - before


def apart(way: str, folder: str, length: int, rounds: int) -> float:
    """Measured in other processes."""
    own = [sys.executable, __file__, "--way", way, "--folder", folder, "--lengths", str(length)]
    exact = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}
    runs = [
        subprocess.run(own, check=True, capture_output=True, text=True, env=exact)
        for _ in range(rounds)
    ]
    return statistics.median(float(run.stdout.split()[-1]) for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lengths", default="4096,8192,16384")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=["bare", *KINDS], help="measure one, in this process")
    parser.add_argument("--folder", help="the saved model, with --way")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("memory.json"))
    given = parser.parse_args()
    lengths = [int(each) for each in given.lengths.split(",")]
    if given.way:
        print(measure(given.way, given.folder, lengths[0]))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), max(lengths))
        for length in lengths:
            bare = apart("bare", folder, length, given.rounds)
            for way in KINDS:
                own = apart(way, folder, length, given.rounds)
                row = {"length": length, "way": way, "MiB": own, "bare MiB": bare}
                rows.append({**row, "ratio": own / bare})
                print("{length:6} {way:7} {MiB:8.0f} MiB, {ratio:.2f} of bare".format(**rows[-1]))
    versions = {package: version(package) for package in PACKAGES}
    found = {"versions": versions, "rounds": given.rounds, "rows": rows}
    given.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
