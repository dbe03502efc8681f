"""The command line in several processes, and when it may stop."""

import os
import runpy
import subprocess
import sys

import pytest
import torch

import rh_lens as rh

USUAL = ("--lengths", "256", "--depths", "0.5", "--template")
TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture
def needles(tmp_path):
    """Enough of them for a first look."""
    file = tmp_path / "needles.jsonl"
    rh.save_needles([each for each in rh.needles() if each.kind in ("date", "name")], file)
    return file


def test_processes_of_one_launcher_print_and_write_what_one_does(shell, few, tmp_path):
    words = ["detect", "--needles", few, *USUAL, TEMPLATE]
    status, printed, _ = shell(*words, "--out", tmp_path / "one.safetensors")
    assert status == 0
    launcher = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "rh_lens"]
    several = subprocess.run(
        [
            *(sys.executable, "-m", *launcher, *map(str, words), "--device", "cpu"),
            *("--journal", tmp_path / "run", "--out", tmp_path / "two.safetensors"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert several.returncode == 0, several.stderr
    assert several.stdout == printed
    one, two = (rh.HeadScores.load(tmp_path / f"{name}.safetensors") for name in ("one", "two"))
    torch.testing.assert_close(two.values, one.values)
    assert two.labels == one.labels
    assert len([*(tmp_path / "run").glob("*.jsonl")]) == 2  # both of them had something to do


def test_a_command_that_does_not_share_is_refused_in_several_processes(shell, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    status, printed, complaint = shell("ablate", "L0H0")
    assert (status, printed) == (2, "")
    assert "3 processes were started, and each would do all that 'ablate' does" in complaint


def test_the_package_can_be_run_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["rh_lens", "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("rh_lens", run_name="__main__")
    assert not end.value.code
    assert "detect" in capsys.readouterr().out


def test_detect_stops_when_the_top_head_is_known_or_at_the_most_it_may_ask(shell, needles):
    words = ["detect", "--needles", needles, "--lengths", "256", "--depths", "0.2,0.7"]
    status, printed, _ = shell(
        *words,
        "--template",
        TEMPLATE,
        "--until-stable",
        3,
        "--swaps",
        1,
        "--at-most",
        8,
        "--confidence",
        0.5,
    )
    assert status == 0
    assert "asked 8 of 16 cases, with 1 looks: 2 of the top 3 are" in printed
    assert "known with confidence 0.5" in printed


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--swaps 2", "such as --until-stable 20"),
        ("--until-stable 3 --swaps 3", "at least one head must be known"),
        ("--until-stable 3 --confidence 95", "confidence is 95.0: give a share"),
        ("--until-stable 3", "2 needles cannot show with confidence 0.95"),
    ],
)
def test_a_stop_that_makes_no_sense_is_refused(shell, few, words, complaint):
    status, _, said = shell(
        "detect", "--needles", few, "--lengths", "256", "--depths", "0.5", *words.split()
    )
    assert status == 2
    assert complaint in said
