"""Kill -9 at any moment, and Ctrl-C: nothing is lost, nothing is asked twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import rh_lens as rh

KILLED = Path(__file__).with_name("killed.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What `killed.py` left behind, and the lines it counted."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", KILLED, folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, [int(count) for count in done.stdout.split()]


def entries(folder):
    texts = [path.read_bytes() for path in folder.glob("*.jsonl")]
    return [json.loads(line) for text in texts for line in text.split(b"\n")[:-1]]


def test_runs_killed_at_random_end_with_the_scores_of_one_that_was_not(folder, same):
    folder, counts = folder
    assert counts == sorted(counts)
    assert 0 < counts[0] < counts[-1] < 2 * 12  # there was something to lose each time
    for name in ("retrieval score", "query-focused score"):
        resumed, whole = (
            rh.HeadScores.load(folder / f"{which} {name}.safetensors")
            for which in ("resumed", "whole")
        )
        assert same(resumed, whole)
        assert [labels["found"] for labels in whole.labels].count(False) >= 2


def test_what_one_killed_run_finished_no_later_one_did_again(folder):
    keys = [entry["key"] for entry in entries(folder[0] / "run")]
    assert len(keys) == len(set(keys)) == 2 * 12
    assert set(keys) == {entry["key"] for entry in entries(folder[0] / "whole")}


@pytest.fixture
def stopping(monkeypatch):
    """Let Ctrl-C be pressed while the case of this number is asked; give who was asked."""
    asked, answer = [], rh.Greedy.__call__

    def stopping(number):
        def pressed(self, model, case, *rest):
            if len(asked) == number:
                raise KeyboardInterrupt
            asked.append(case.digest)
            return answer(self, model, case, *rest)

        monkeypatch.setattr(rh.Greedy, "__call__", pressed)
        return asked

    return stopping


def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(detect, stopping, same, tmp_path):
    whole = detect("--out", tmp_path / "whole.safetensors")
    words = ("--journal", tmp_path / "run", "--out", tmp_path / "s.safetensors")
    asked = stopping(1)
    status, printed, complaint = detect(*words)
    assert (status, printed, len(asked)) == (130, "", 1)
    journal = f"what was finished is in the journal {str(tmp_path / 'run')!r}: run the same again"
    assert complaint == f"rh-lens: stopped; {journal} to go on\n"
    asked = stopping(-1)
    assert detect(*words) == whole
    assert len(asked) == len(set(asked)) == 2
    written = [rh.HeadScores.load(tmp_path / f"{name}.safetensors") for name in ("s", "whole")]
    assert same(*written)


@pytest.mark.parametrize("words", [["--journal=run"], []])
def test_ctrl_c_says_what_is_kept(detect, stopping, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    stopping(0)
    status, _, complaint = detect(*words)
    assert status == 130
    kept = "what was finished is in the journal 'run'" if words else "nothing of it is kept: with"
    assert complaint.startswith(f"rh-lens: stopped; {kept}")
