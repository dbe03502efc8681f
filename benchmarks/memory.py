"""Peak memory of scoring every head on one long case, against a bare chunked forward pass.

    python benchmarks/memory.py --kind bridge --length 16384

Each is measured in a process of its own, as its peak resident memory above what it held with the
model loaded (Linux). The model has 4 layers, 8 heads, d_model 256 and random weights.
"""

import argparse
import gc
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from transformer_lens import TransformerLensKeyValueCache
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig

import rh_lens as rh

CHUNK = 128


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


def bare(model, kind: str, case: rh.Case) -> None:
    """What any reading of the prompt costs: chunks through a KV cache, and nothing kept."""
    with torch.inference_mode():
        if kind == "bridge":
            cache = DynamicCache()
            for chunk in case.tokens.split(CHUNK):
                model(chunk[None], past_key_values=cache, use_cache=True, logits_to_keep=1)
        else:
            cache = TransformerLensKeyValueCache.init_cache(model.cfg, "cpu", 1)
            for chunk in case.tokens.split(CHUNK):
                mask = torch.ones_like(chunk[None])
                model(chunk[None], past_kv_cache=cache, attention_mask=mask, return_type=None)


def scored(model, kind: str, case: rh.Case) -> None:
    scorers = [rh.RetrievalScore(), rh.QueryFocusedScore()]
    rh.score_heads(model, [case], scorers, answering=rh.TeacherForced())


def held(what: str) -> float:
    """Mebibytes: "VmRSS" is held at this moment, "VmHWM" the most since the last reset."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1024


def measure(way: str, folder: str, kind: str, length: int) -> float:
    model = rh.load(folder, kind=kind)
    tokens = torch.arange(length) % 2048
    spans = {"fact": (range(100, 140),), "question": (range(length - 40, length - 5),)}
    case = rh.Case(tokens, tokens[110:126], range(110, 126), spans=spans)
    warm = rh.Case(tokens[:300], tokens[110:126], range(110, 126))
    rh.score_heads(model, [warm], rh.RetrievalScore(), answering=rh.TeacherForced())
    gc.collect()
    before = held("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    {"bare": bare, "scored": scored}[way](model, kind, case)
    return held("VmHWM") - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="bridge", choices=["bridge", "hooked"])
    parser.add_argument("--length", type=int, default=16_384)
    parser.add_argument("--way", choices=["bare", "scored"], help="measure one, in this process")
    parser.add_argument("--folder", help="the saved model, with --way")
    given = parser.parse_args()
    if given.way:
        print(measure(given.way, given.folder, given.kind, given.length))
        return
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), given.length)
        own = [sys.executable, __file__, "--folder", folder, "--kind", given.kind]
        mebibytes = {
            way: float(
                subprocess.run(
                    [*own, "--length", str(given.length), "--way", way],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout.split()[-1]
            )
            for way in ("bare", "scored")
        }
    ratio = mebibytes["scored"] / mebibytes["bare"]
    print(json.dumps({**vars(given), **mebibytes, "ratio": ratio}))


if __name__ == "__main__":
    main()
