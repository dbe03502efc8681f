"""Score the same cases in one, two and four processes: `python several.py folder`.

Each run forks its processes off this one, which spares them the imports, and gives them the
variables that a launcher sets.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

import torch
from accelerate import PartialState

import rh_lens as rh
from rh_lens.experiments import detect
from rh_lens.model.processes import Processes, processes
from rh_lens.scores.stable import Stable

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"
FOLDER = Path(sys.argv[1])
MODEL = rh.load(device="cpu")
NEEDLES = [needle for needle in rh.needles() if needle.kind in ("date", "name")]
PROMPT = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
CASES = rh.niah(MODEL.tokenizer, NEEDLES, rh.Haystack(), [384], [0.3, 0.95], prompt=PROMPT)
SCORERS = [rh.RetrievalScore(), rh.AttentionEntropy()]
RULE = Stable(top=1, confidence=0.6, at_most=14)
LOST = 2  # cases that the process which is killed finishes first


def score(name, rank, cases=CASES, journal=None, **how):
    """Score, and keep what came of it and which cases this process asked."""
    examine, asked = detect.examine, []

    def examining(model, case, *rest):
        if name == "killed" and rank == 1 and len(asked) == LOST:
            os.kill(os.getpid(), signal.SIGKILL)
        asked.append(case.digest)
        return examine(model, case, *rest)

    detect.examine = examining
    memory = rh.Journal(FOLDER / journal) if journal else None
    found = rh.score_heads(MODEL, cases, SCORERS, journal=memory, **how)
    for scores, what in zip(found, ("copying", "entropy"), strict=True):
        scores.save(FOLDER / f"{name}-{what}-{rank}.safetensors")
    (FOLDER / f"{name}-{rank}.json").write_text(json.dumps(asked))


def unaware(name, rank):
    PartialState()  # on a CPU it takes each process for the only one
    (FOLDER / f"{name}-{rank}.there").touch()
    for _ in range(600):  # one that ends sooner than the other has arrived takes its meeting along
        if len(list(FOLDER.glob(f"{name}-*.there"))) == 2:
            break
        time.sleep(0.1)
    score(name, rank, among=processes())


RUNS = {  # by name: how many processes, and what each does
    "alone": (1, score),
    "two": (2, lambda name, rank: score(name, rank, among=processes())),
    "killed": (2, lambda name, rank: score(name, rank, journal="run", among=processes())),
    "four": (4, lambda name, rank: score(name, rank, journal="run", among=processes())),
    "again": (1, lambda name, rank: score(name, rank, journal="run")),
    "others": (2, lambda name, rank: score(name, rank, CASES[rank:], among=processes())),
    "unshared": (2, score),
    "each": (2, lambda name, rank: score(name, rank, CASES[:2], among=Processes())),
    "unaware": (2, unaware),
    "until": (1, lambda name, rank: score(name, rank, until=RULE)),
    "together": (2, lambda name, rank: score(name, rank, until=RULE, among=processes())),
}


def forked(name, rank, count, port):
    """The number of a child process that does one process's part, and says why if it fails."""
    child = os.fork()
    if child:
        return child
    if count > 1:
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
        os.environ.update({key: str(value) for key, value in {**place, **ranks}.items()})
    try:
        RUNS[name][1](name, rank)
    except BaseException:
        (FOLDER / f"{name}-{rank}.error").write_text(traceback.format_exc())
    os._exit(0)


if __name__ == "__main__":
    for name, (count, _) in RUNS.items():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        children = [forked(name, rank, count, port) for rank in range(count)]
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        (FOLDER / f"{name}.ends").write_text(json.dumps(ends))
