"""Several processes that share the cases: what they find, and what a lost one costs."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch

from rh_lens import HeadScores
from rh_lens.model.processes import Processes, processes

SCRIPT = Path(__file__).with_name("several.py")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of all runs."""
    folder = tmp_path_factory.mktemp("several")
    no_gpu = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], capture_output=True, text=True, timeout=300, env=no_gpu
    )
    assert done.returncode == 0, done.stderr
    return folder


def scores(runs, name, rank=0):
    """Both scores that a process came to."""
    return [
        HeadScores.load(runs / f"{name}-{what}-{rank}.safetensors")
        for what in ("copying", "entropy")
    ]


def asked(runs, name, count):
    """The cases that each process of a run asked."""
    return [json.loads((runs / f"{name}-{rank}.json").read_text()) for rank in range(count)]


def complaint(runs, name, rank):
    return (runs / f"{name}-{rank}.error").read_text()


def the_same(some, others):
    """The same bits, words and origin."""
    return all(
        torch.equal(one.values.view(torch.int32), other.values.view(torch.int32))
        and one.labels == other.labels
        and one.provenance == other.provenance
        for one, other in zip(some, others, strict=True)
    )


@pytest.mark.parametrize(("name", "count"), [("two", 2), ("four", 4)])
def test_each_of_several_processes_has_the_scores_that_one_has(runs, name, count):
    alone = scores(runs, "alone")
    assert len(alone[0].labels) == 16
    assert all(the_same(scores(runs, name, rank), alone) for rank in range(count))


def test_each_case_is_asked_by_one_of_them(runs):
    one, other = asked(runs, "two", 2)
    assert sorted(one + other) == sorted(asked(runs, "alone", 1)[0])
    assert min(len(one), len(other)) >= 6


def test_cases_that_share_a_beginning_are_asked_by_the_same_process(runs):
    late = {each["digest"] for each in scores(runs, "alone")[0].labels if each["depth"] == 0.95}
    one, other = (Counter(digest in late for digest in part) for part in asked(runs, "two", 2))
    assert 0 in (one[True], other[True])  # the other process never reads the haystack's first part


def test_a_process_that_is_killed_loses_what_it_had_not_finished(runs):
    assert json.loads((runs / "killed.ends").read_text()) == [0, -signal.SIGKILL]
    assert "process 0 of 2 lost another one: with a journal, start" in complaint(runs, "killed", 0)
    resumed = [digest for part in asked(runs, "four", 4) for digest in part]
    whole = asked(runs, "alone", 1)[0]
    finished = set(whole) - set(resumed)
    assert len(resumed) == len(set(resumed))
    one, other = asked(runs, "two", 2)  # the same parts as when one of them was killed
    assert finished == set(one) | set(other[:2])
    assert len(other) > 2


def test_what_is_left_of_a_run_is_shared_out_evenly(runs):
    counts = [len(part) for part in asked(runs, "four", 4)]
    assert max(counts) <= 2 * sum(counts) / len(counts)


def test_what_several_remember_one_need_not_ask(runs):
    assert asked(runs, "again", 1) == [[]]
    assert the_same(scores(runs, "again"), scores(runs, "alone"))


def test_processes_that_make_other_calls_do_not_share_them(runs):
    for rank in range(2):
        assert "processes [1] of 2 were given another model, other cases" in complaint(
            runs, "others", rank
        )


def test_processes_that_were_not_told_to_share_do_not_do_all_the_work_twice(runs):
    for rank in range(2):
        assert "a launcher started 2 processes, each of which would ask all cases" in complaint(
            runs, "unshared", rank
        )


def test_processes_can_be_told_to_ask_all_cases_each(runs):
    one, other = asked(runs, "each", 2)
    assert one == other
    assert len(one) == 2


def test_processes_that_take_themselves_for_the_only_one_are_refused(runs):
    for rank in range(2):
        assert "PartialState counts 1, so each would do all the work" in complaint(
            runs, "unaware", rank
        )


def test_several_processes_stop_where_one_would(runs):
    alone = scores(runs, "until")
    assert len(alone[0].labels) < 16
    assert all(the_same(scores(runs, "together", rank), alone) for rank in range(2))
    one, other = asked(runs, "together", 2)
    assert sorted(one + other) == sorted(asked(runs, "until", 1)[0])
    assert min(len(one), len(other)) >= 4


def test_one_process_is_all_there_is_where_no_launcher_says_otherwise(monkeypatch):
    assert processes() == Processes(rank=0, count=1)
    assert processes().gather("own") == ["own"]
    monkeypatch.setenv("MASTER_ADDR", "node7")  # left by an earlier command, or for a later one
    assert processes().count == 1


def test_one_process_in_place_of_several_is_refused(monkeypatch):
    # what `accelerate launch --cpu --num_processes 2 --num_machines 1` sets for its only process
    left = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500", "ACCELERATE_MIXED_PRECISION": "no"}
    for name, value in left.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="started this one alone, as it does on a CPU: start them"):
        processes()
    for name in ("RANK", "WORLD_SIZE"):  # on a GPU it starts them all, even where that is one
        monkeypatch.setenv(name, {"RANK": "0", "WORLD_SIZE": "1"}[name])
    assert processes().count == 1


def test_processes_of_srun_that_do_not_know_of_each_other_are_refused(monkeypatch):
    monkeypatch.setenv("SLURM_NTASKS", "8")  # of an allocation in which this process is alone
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert processes().count == 1
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "8")
    with pytest.raises(ValueError, match="srun started 8 processes that do not know of each other"):
        processes()


def test_processes_part_before_they_end(tmp_path):
    """One that ends with its groups alive is aborted once in a dozen times."""
    script = tmp_path / "parting.py"
    script.write_text(
        "import atexit\n"
        "from torch import distributed\n"
        "from rh_lens.model.processes import processes\n"
        "atexit.register(lambda: print(distributed.is_initialized()))\n"  # the last to be called
        "print(processes().count)\n"
    )
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
    done = subprocess.run(
        [sys.executable, *launcher, script],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert [done.stdout.count(each) for each in ("2", "False", "True")] == [2, 2, 0]
