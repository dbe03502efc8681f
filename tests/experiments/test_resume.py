"""A run that is stopped, and goes on where it was."""

import json
import runpy
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import torch

import rh_lens as rh
from rh_lens import Greedy, Journal, QueryFocusedScore, RetrievalScore, Scorer, TeacherForced

SWEEP = Path(__file__).with_name("sweep.py")
BOTH = [RetrievalScore(), QueryFocusedScore()]


def same_bits(one, other):
    return torch.equal(one.values.view(torch.int32), other.values.view(torch.int32))


def the_same(some, others):
    """The same numbers, NaN in the same places, and the same words."""
    return all(
        same_bits(one, other) and one.labels == other.labels and one.provenance == other.provenance
        for one, other in zip(some, others, strict=True)
    )


def lines(folder):
    """The whole lines of all files."""
    texts = [path.read_bytes() for path in folder.glob("*.jsonl")]
    return [line for text in texts for line in text.split(b"\n")[:-1]]


def killed_at(count, folder):
    """Run the sweep until the journal has `count` lines, then kill it."""
    command = [sys.executable, SWEEP, folder]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while len(lines(folder)) < count:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def test_a_run_killed_again_and_again_ends_as_if_it_never_was(tmp_path, asked):
    run = runpy.run_path(str(SWEEP))
    model, cases, scorers = run["model"], run["cases"], run["scorers"]
    counts = [0]
    for count in (1, 6, 17):
        assert killed_at(count, tmp_path)
        counts.append(len(lines(tmp_path)))
    assert all(before < after for before, after in pairwise([*counts, 2 * len(cases)]))
    for path in list(tmp_path.iterdir())[:2]:
        with path.open("a") as file:
            file.write('{"key": "0123456789abcdef", "result": {"found": tr')

    done = {json.loads(line)["key"] for line in lines(tmp_path)}
    resumed = rh.score_heads(model, cases, scorers, journal=Journal(tmp_path))
    assert asked == [case.digest for case in cases[len(done) // 2 :]]

    asked.clear()
    again = rh.score_heads(model, cases, scorers, journal=Journal(tmp_path))
    assert asked == []
    whole = rh.score_heads(model, cases, scorers)
    assert the_same(resumed, whole)
    assert the_same(again, whole)
    assert [row.isnan().all().item() for row in whole[0].values] == [False] * 16 + [True]


def test_a_run_goes_on_wherever_its_journal_was_cut(organism, answered, tmp_path):
    cases = answered[:2]
    whole = rh.score_heads(organism, cases, BOTH, journal=Journal(tmp_path / "whole"))
    (file,) = (tmp_path / "whole").iterdir()
    text = file.read_bytes()
    for cut in (0, 200, text.index(b"\n"), text.index(b"\n") + 1, len(text) - 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / file.name).write_bytes(text[:cut])
        assert the_same(rh.score_heads(organism, cases, BOTH, journal=Journal(folder)), whole)


def test_a_scorer_added_later_leaves_the_first_ones_work_as_it_is(organism, answered, tmp_path):
    alone = rh.score_heads(organism, answered, BOTH[0], journal=Journal(tmp_path))
    before = lines(tmp_path)
    both = rh.score_heads(organism, answered, BOTH, journal=Journal(tmp_path))
    assert len(lines(tmp_path)) == 2 * len(before)
    assert set(before) < set(lines(tmp_path))
    assert the_same(both[:1], [alone])


def test_more_cases_ask_only_what_is_missing(organism, answered, asked, tmp_path):
    for count in (1, 3):
        rh.score_heads(organism, answered[:count], BOTH[0], journal=Journal(tmp_path))
    rh.score_heads(organism, answered[::-1], BOTH[0], journal=Journal(tmp_path))
    assert asked == [case.digest for case in answered]


@pytest.mark.parametrize(
    ("scorer", "answering"),
    [
        (RetrievalScore(), TeacherForced()),
        (RetrievalScore(), Greedy(max_new_tokens=40)),
        (RetrievalScore(counting="steps"), Greedy()),
        (RetrievalScore(tolerance=1), Greedy()),
        (QueryFocusedScore(), Greedy()),
    ],
)
def test_other_options_are_other_work(organism, answered, asked, tmp_path, scorer, answering):
    journal = Journal(tmp_path)
    rh.score_heads(organism, answered[:1], RetrievalScore(), journal=journal)
    rh.score_heads(organism, answered[:1], scorer, answering=answering, journal=journal)
    assert len(asked) == 2


def test_cases_that_differ_in_their_labels_only_are_asked_once(organism, hide, asked, tmp_path):
    (case,) = hide("date")[:1]
    relabelled = rh.Case(case.tokens, case.answer, case.needle, {"run": 2}, case.spans)
    scores = rh.score_heads(organism, [case, relabelled], BOTH[0], journal=Journal(tmp_path))
    assert len(asked) == 1
    assert scores.labels[1]["run"] == 2


def test_a_journal_holds_the_work_of_one_model(organism, answered, tmp_path):
    rh.score_heads(organism, answered[:1], BOTH[0], journal=Journal(tmp_path))
    half = rh.load(dtype="bfloat16")
    with pytest.raises(ValueError, match=r'"dtype": "float32".*, not .*"dtype": "bfloat16"'):
        rh.score_heads(half, answered[:1], BOTH[0], journal=Journal(tmp_path))


class Forgetful(Scorer):
    """Not a dataclass: its repr is its place in memory, whatever its options."""

    name = "forgetful score"

    def score(self, pattern, reply):
        return pattern.mean(dim=(1, 2))


@dataclass(frozen=True)
class Memorable(Forgetful):
    """The same as a value."""


def test_a_scorer_of_your_own_is_remembered_if_it_is_a_value(organism, answered, tmp_path):
    journal = Journal(tmp_path)
    assert rh.score_heads(organism, answered[:1], Forgetful()).ranking()
    with pytest.raises(ValueError, match="frozen dataclass"):
        rh.score_heads(organism, answered[:1], Forgetful(), journal=journal)
    assert rh.score_heads(organism, answered[:1], Memorable(), journal=journal).ranking()
