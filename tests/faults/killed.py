"""Runs that are killed at moments drawn by lot: `python killed.py folder`.

One process loads the model and forks another for each run, which takes no time, so that many
moments can be tried. It writes `whole` and `resumed` scores, and says how many lines the journal
had in between.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

import rh_lens as rh

KILLS = 5

torch.set_num_threads(1)  # a forked process has none but the first
folder = Path(sys.argv[1])
model = rh.load()
prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
needles = [needle for needle in rh.needles() if needle.kind in ("date", "name")][:5]
cases = rh.niah(model.tokenizer, needles, rh.Haystack(), [200], [0.2, 0.8], prompt=prompt)
cases += rh.without_needle(cases[::2][:2])
scorers = [rh.RetrievalScore(), rh.QueryFocusedScore()]


def run(journal):
    return rh.score_heads(model, cases, scorers, journal=rh.Journal(folder / journal))


def size():
    return sum(path.stat().st_size for path in (folder / "run").glob("*.jsonl"))


def lines():
    return sum(path.read_bytes().count(b"\n") for path in (folder / "run").glob("*.jsonl"))


for scorer, scores in zip(scorers, run("whole"), strict=True):
    scores.save(folder / f"whole {scorer.name}.safetensors")
(only,) = (folder / "whole").iterdir()
whole = only.stat().st_size
draw = random.Random(0)
for moment in sorted(draw.uniform(0.02, 0.7) * whole for _ in range(KILLS)):
    child = os.fork()
    if not child:
        try:
            run("run")
        finally:
            os._exit(0)
    while size() < moment:
        time.sleep(0.0005)
    time.sleep(draw.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(lines(), flush=True)
for scorer, scores in zip(scorers, run("run"), strict=True):
    scores.save(folder / f"resumed {scorer.name}.safetensors")
