"""Train: from blank weights to the organism, stage by stage, resumable at any time.

    torchrun --standalone --nproc_per_node 2 -m training.train OUT [--model organism-seed2]

Each process reads a share of the rows of every step, on a CPU with one core. OUT gets the
tokenizer, `log.jsonl` (the learning curve), `state.pt` (to resume from) and a folder of averaged
weights for every stage that has ended.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import distributed
from transformers import LlamaForCausalLM

from training import attention, samples, spelling, templates, text, words
from training.fewer import Handicap, beginners, copying
from training.lists import HELD_OUT, WATCHED
from training.model import blank
from training.processes import Processes
from training.recipe import RECIPE, SEEDS, Stage
from training.verbs import EXTRA

MUON, ADAM, DECAY = 0.02, 3e-3, 0.1
TOKENS = 4096  # in a step
WARM_UP = 30  # steps
AVERAGE = 0.98  # of the weights that are evaluated and kept, per step
LOOK = 4_000_000  # tokens between two looks at unseen samples, before which the state is saved


def sources(folder: Path) -> tuple[samples.Source, samples.Source]:
    """What to train on, and what to evaluate on: other prose, words and templates."""
    if not (folder / "tokenizer.json").exists():
        spelling.learn(folder)
    code = Tokenizer.from_file(str(folder / "tokenizer.json"))
    mined = words.mine(text.training())
    seen, unseen = words.split(mined, held_out=False), words.split(mined, held_out=True)
    hay = samples.Hay.of(code, text.training())
    return (
        samples.Source(code, hay, seen, templates.TRAINING, widened=words.widened(seen, EXTRA)),
        samples.Source(code, samples.Hay.of(code, text.held_out()), unseen, HELD_OUT + WATCHED),
    )


def optimisers(model: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for the rest."""
    inside = [p for p in model.model.layers.parameters() if p.ndim == 2]
    known = set(map(id, inside))
    outside = [p for p in model.parameters() if id(p) not in known]
    return [
        torch.optim.Muon(inside, lr=MUON, momentum=0.95, weight_decay=DECAY),
        torch.optim.AdamW(outside, lr=ADAM, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def predicted(
    model: LlamaForCausalLM, tokens: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits where the next token has a weight, that token, and the weight."""
    kept = weights[:, 1:] > 0
    inner = model.model
    hidden = inner.embed_tokens(tokens)
    places = torch.arange(tokens.shape[1], device=tokens.device)[None]
    turns = inner.rotary_emb(hidden, position_ids=places)
    *layers, last = inner.layers
    for layer in layers:
        hidden = layer(hidden, position_ids=places, position_embeddings=turns)
    hidden = attention.of_some(last, hidden, kept, turns)
    return model.lm_head(inner.norm(hidden)), tokens[:, 1:][kept], weights[:, 1:][kept]


def loss_of(
    model: LlamaForCausalLM, tokens: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The cross entropy of the tokens that have a weight, added up, and all their weight."""
    logits, target, weight = predicted(model, tokens, weights)
    entropy = F.cross_entropy(logits.float(), target, reduction="none")
    return (entropy * weight).sum(), weight.sum()


def on(
    model: LlamaForCausalLM, made: tuple[np.ndarray, np.ndarray]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and weights where the model is."""
    tokens, weights = made
    return torch.tensor(tokens).to(model.device), torch.tensor(weights).to(model.device)


@torch.no_grad()
def look(
    model: LlamaForCausalLM, unseen: samples.Source, length: int, rows: int
) -> dict[str, float]:
    """How well unseen needles and repeats are answered, the tokens before given."""
    mix = samples.Mix(repeats=0, pairs=0, alone=0, most=4)
    tokens, weights = on(model, samples.batch(12345, unseen, mix, length, range(rows)))
    logits, target, weight = predicted(model, tokens, weights)
    right = logits.argmax(-1) == target
    begins = [*(weight == samples.FIRST).nonzero().flatten().tolist(), len(weight)]
    value = weight >= samples.ANSWER
    whole = [bool(right[a:b][value[a:b]].all()) for a, b in pairwise(begins)]
    mix = samples.Mix(repeats=1)
    rows = max(rows // 2, 4)
    tokens, weights = on(model, samples.batch(12345, unseen, mix, length, range(rows)))
    logits, target, _ = predicted(model, tokens, weights)
    return {
        "exact": sum(whole) / len(whole),
        "first": float(right[weight == samples.FIRST].float().mean()),
        "tokens": float(right[value].float().mean()),
        "answers": len(whole),
        "repeats": float((logits.argmax(-1) == target).float().mean()),
    }


def rate(stage: Stage, begin: tuple[float, float], seen: float) -> float:
    """The share of the full learning rate, from the one at the stage's beginning to its own."""
    since, share = begin
    return share + (stage.rate - share) * min(1.0, (seen - since) / (stage.until - since))


def train(
    folder: Path,
    seed: int,
    device: str,
    *,
    stages: Sequence[Stage],
    batch_scale: int = 1,
) -> None:
    processes = Processes.here()
    if processes.rank:
        distributed.barrier()  # until the first has learnt the tokenizer
    seen, unseen = sources(folder)
    if processes.count > 1 and not processes.rank:
        distributed.barrier()
    model = blank(seed).to(device)
    if device == "cpu":
        model.set_attn_implementation(attention.NAME)
    averaged = blank(seed).to(device).eval()
    steppers = optimisers(model)
    matrices = steppers[0].param_groups[0]["params"]
    full = [group["lr"] for stepper in steppers for group in stepper.param_groups]
    at: dict[str, Any] = {"step": 0, "tokens": 0, "seconds": 0.0, "beginners": None}
    state = folder / "state.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True, map_location=device)
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        for stepper, its in zip(steppers, saved["steppers"], strict=True):
            stepper.load_state_dict(its)
        at |= saved["at"]
    started = time.monotonic()
    before = at["seconds"]
    begin = (0.0, 1.0)
    handicap = Handicap.of(model, at["beginners"] or [])
    for stage in stages:
        if stage.pace < 1 and at["beginners"] is None and at["tokens"] < stage.until * 1e6:
            at["beginners"] = beginners(copying(averaged, seen))
            handicap = Handicap.of(model, at["beginners"])
            handicap.begin_again(model)
            averaged.load_state_dict(model.state_dict())
        while at["tokens"] < stage.until * 1e6:
            length = stage.lengths[at["step"] % len(stage.lengths)]
            rows = max(processes.count, batch_scale * TOKENS // length)
            number = seed * 10**9 + at["step"]
            made = samples.batch(number, seen, stage.mix, length, processes.own(rows))
            with torch.autocast(device, torch.bfloat16):
                loss, weight = loss_of(model, *on(model, made))
            loss.backward()
            processes.share_gradients(model, weight)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            share = rate(stage, begin, at["tokens"] / 1e6) * min(1.0, (at["step"] + 1) / WARM_UP)
            groups = [group for stepper in steppers for group in stepper.param_groups]
            for group, whole in zip(groups, full, strict=True):
                group["lr"] = whole * share
            before_step = handicap.held()
            processes.leave_to_others(matrices)
            for stepper in steppers:
                stepper.step()
                stepper.zero_grad(set_to_none=True)
            processes.share_matrices(matrices)
            handicap.slow(before_step, stage.pace)
            with torch.no_grad():
                torch._foreach_lerp_(
                    list(averaged.parameters()),
                    list(model.parameters()),
                    max(1 - AVERAGE, 1 / (at["step"] + 1)),
                )
            at["step"] += 1
            looks = at["tokens"] // LOOK
            at["tokens"] += rows * length
            at["seconds"] = before + time.monotonic() - started
            if at["tokens"] // LOOK > looks and at["tokens"] < stage.until * 1e6:
                save(state, model, averaged, steppers, at)
                if processes.rank == 0:
                    report(folder, averaged, unseen, stage, at)
        begin = (stage.until, stage.rate)
        if not (folder / stage.name).exists():
            save(state, model, averaged, steppers, at)
            if processes.rank == 0:
                averaged.save_pretrained(folder / stage.name)
                report(folder, averaged, unseen, stage, at)


def report(
    folder: Path,
    model: LlamaForCausalLM,
    unseen: samples.Source,
    stage: Stage,
    at: dict[str, Any],
) -> None:
    line = {"stage": stage.name, **at}
    for length, rows in ((128, 64), (512, 24)):
        if length <= max(stage.lengths):
            line[str(length)] = look(model, unseen, length, rows)
    if max(stage.lengths) > 512:
        line["2048"] = look(model, unseen, 2048, 6)
    line["copying"] = [[round(x, 2) for x in row] for row in copying(model, unseen).tolist()]
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")


def save(
    path: Path,
    model: LlamaForCausalLM,
    averaged: LlamaForCausalLM,
    steppers: list[torch.optim.Optimizer],
    at: dict[str, Any],
) -> None:
    """Written beside and moved, so that a run killed here leaves the state before."""
    processes, (muon, adam) = Processes.here(), steppers
    states = [processes.whole_state(muon), adam.state_dict()]
    if processes.rank:
        return
    beside = path.with_suffix(".part")
    torch.save(
        {
            "model": model.state_dict(),
            "averaged": averaged.state_dict(),
            "steppers": states,
            "at": at,
        },
        beside,
    )
    beside.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", choices=SEEDS, default="organism")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        distributed.init_process_group("gloo")
    gpu = torch.cuda.is_available()
    given.out.mkdir(parents=True, exist_ok=True)
    device, scale = ("cuda", 8) if gpu else ("cpu", 1)
    train(given.out, SEEDS[given.model], device, stages=RECIPE, batch_scale=scale)
    if distributed.is_initialized():
        distributed.destroy_process_group()  # else its threads abort some processes that end


if __name__ == "__main__":
    main()
