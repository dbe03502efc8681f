"""Training can be stopped at any time, and its seed decides what comes out."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import distributed, multiprocessing

from rh_lens.model.load import bundled
from training import samples, text, train
from training.export import TOKENIZER
from training.recipe import Stage
from training.samples import Mix

STEP = 256  # tokens
MANY = Mix(clauses=0.4, broad=0.6, alone=0.5, dense=0.8)
STAGES = (
    Stage("repeats", 3 * STEP / 1e6, (32, 64), Mix(repeats=1.0)),
    Stage("needles", 5 * STEP / 1e6, (64, 128), Mix(loose=0.5), pace=0.0),
    Stage("slowly", 8 * STEP / 1e6, (128,), Mix(), rate=0.0, pace=0.0),
    Stage("long", 10 * STEP / 1e6, (256,), MANY, pace=0.0),
)
BEGINNERS = [(3, 4), (3, 5), (2, 0)]  # layers and heads
Weights = dict[str, torch.Tensor]


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory):
    """What to learn from is read once; looks at unseen needles are slow, and change no weight."""
    folder = tmp_path_factory.mktemp("spelling")
    for file in TOKENIZER:
        shutil.copyfile(bundled("organism") / file, folder / file)
    sources = train.sources(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "sources", lambda folder: sources)
        patch.setattr(train, "report", lambda *args: None)
        patch.setattr(train, "TOKENS", STEP)
        # a blank model has no head that copies: let these count as such
        patch.setattr(train, "beginners", lambda found: BEGINNERS)
        yield


def weights(folder: Path, seed: int = 0) -> Weights:
    """Trains a few steps in a folder and gives the weights kept at the end."""
    folder.mkdir(exist_ok=True)
    train.train(folder, seed, "cpu", stages=STAGES)
    return torch.load(folder / "state.pt", weights_only=True)["averaged"]


@pytest.fixture(scope="module")
def ended(quick, tmp_path_factory):
    """The folder of a run that ended undisturbed."""
    folder = tmp_path_factory.mktemp("run")
    weights(folder)
    return folder


@pytest.fixture(scope="module")
def whole(ended):
    """The weights of a run that ended undisturbed."""
    return torch.load(ended / "state.pt", weights_only=True)["averaged"]


def alike(one: Weights, other: Weights) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("steps", [4, 6])
def test_a_run_killed_after_a_stage_ends_as_one_that_was_not(whole, tmp_path, monkeypatch, steps):
    made, count = samples.batch, 0

    def batch(*args):
        nonlocal count
        count += 1
        if count > steps:
            raise KeyboardInterrupt
        return made(*args)

    monkeypatch.setattr(samples, "batch", batch)
    with pytest.raises(KeyboardInterrupt):
        weights(tmp_path / "stopped")
    monkeypatch.setattr(samples, "batch", made)
    assert alike(weights(tmp_path / "stopped"), whole)


def test_a_run_killed_between_two_stages_ends_as_one_that_was_not(whole, tmp_path, monkeypatch):
    """It saves every few million tokens, here after every step."""
    monkeypatch.setattr(train, "LOOK", 1)
    saved, count = train.save, 0

    def save(*args):
        nonlocal count
        saved(*args)
        count += 1
        if count == 4:  # of stage "needles" the first step
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "save", save)
    with pytest.raises(KeyboardInterrupt):
        weights(tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "needles").exists()
    monkeypatch.setattr(train, "save", saved)
    assert alike(weights(tmp_path / "stopped"), whole)


def test_the_same_seed_ends_in_the_same_place_and_another_elsewhere(whole, tmp_path):
    assert alike(weights(tmp_path / "same"), whole)
    assert not alike(weights(tmp_path / "other", seed=1), whole)


def test_a_stage_takes_each_of_its_lengths_as_often_as_it_is_named(tmp_path, monkeypatch):
    made, read = samples.batch, []

    def batch(*args):
        read.append(args[3])
        return made(*args)

    monkeypatch.setattr(samples, "batch", batch)
    named = (16, 32, 16, 64, 8, 128, 4)
    stages = [Stage("all", 13.5 * STEP / 1e6, named, Mix(repeats=1.0))]
    train.train(tmp_path, 0, "cpu", stages=stages)
    assert sorted(read) == sorted(2 * named)


def test_a_run_that_has_ended_trains_no_further(whole, ended):
    assert alike(weights(ended), whole)


def test_heads_that_begin_again_write_nothing_while_their_pace_is_nothing(whole):
    """At the end of the first stage they lose their output."""
    found = whole["model.layers.3.self_attn.o_proj.weight"]
    norms = found.view(found.shape[0], -1, 32).norm(dim=(0, 2))
    assert [head for head, norm in enumerate(norms) if norm == 0] == [4, 5]


def one_of_two(rank: int, folder: Path) -> None:
    """Trains the first stage as one of two processes; the first keeps the state."""
    text.docstrings = list  # as in every test here
    train.TOKENS = STEP
    train.report = lambda *args: None
    rendezvous = f"file://{folder / 'rendezvous'}"
    distributed.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=2)
    train.train(folder, 0, "cpu", stages=STAGES[:1])
    distributed.destroy_process_group()


def test_two_processes_train_as_one(tmp_path):
    """But for sums of bfloat16 in another order; half the rows alone would lead elsewhere."""
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder in (alone, together):
        folder.mkdir()
        for file in TOKENIZER:
            shutil.copyfile(bundled("organism") / file, folder / file)
    train.train(alone, 0, "cpu", stages=STAGES[:1])
    multiprocessing.spawn(one_of_two, (together,), nprocs=2)
    one, two = (torch.load(run / "state.pt", weights_only=True) for run in (alone, together))
    assert one["at"]["tokens"] == two["at"]["tokens"] == 3 * STEP
    begun = train.blank(0).state_dict()
    for name, weight in one["model"].items():
        assert (weight - two["model"][name]).norm() < 0.1 * (weight - begun[name]).norm(), name
    muon = [run["steppers"][0]["state"] for run in (one, two)]
    assert muon[0].keys() == muon[1].keys()
    for at, state in muon[0].items():
        momentum, other = state["momentum_buffer"], muon[1][at]["momentum_buffer"]
        assert (momentum - other).norm() < 0.1 * momentum.norm()
