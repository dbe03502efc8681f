"""A disk that fills up, and a folder that cannot be written to."""

import errno
import os
from functools import partial
from pathlib import Path

import pytest

import rh_lens as rh

MODEL = {"name": "tiny", "weights": "c0ffee"}
ADVICE = r"make room or name another folder, and run the same again; what was finished is kept"


def opened(folder):
    journal = rh.Journal(folder)
    journal.about(MODEL)
    return journal


def asked_of(journal):
    """Which of 20 cases a journal did not know."""
    asked = []
    for i in range(20):
        journal.recall(partial(asked.append, i), "case", i)
    return asked


def test_wherever_the_disk_fills_up_all_that_was_finished_is_kept(room, tmp_path):
    for size in range(1, 700, 31):
        folder = tmp_path / str(size)
        with room(size), pytest.raises(OSError, match=r"File too large\): " + ADVICE):
            asked_of(opened(folder))
        (file,) = folder.iterdir()
        assert file.stat().st_size == size
        finished = file.read_bytes().count(b"\n")
        assert asked_of(opened(folder)) == list(range(finished, 20))


def test_a_journal_goes_on_by_itself_once_there_is_room(room, tmp_path):
    journal = opened(tmp_path)
    journal.recall(lambda: "one", 1)
    with room(journal.file.stat().st_size + 40), pytest.raises(OSError, match=ADVICE):
        journal.recall(lambda: "two", 2)
    assert journal.recall(lambda: "three", 3) == "three"
    again = opened(tmp_path)
    assert [again.recall(lambda: "again", i) for i in (1, 2, 3)] == ["one", "again", "three"]


def test_a_run_on_a_full_disk_goes_on_to_the_same_scores(room, organism, cases, same, tmp_path):
    scorer = rh.RetrievalScore()
    whole = rh.score_heads(organism, cases, scorer, journal=rh.Journal(tmp_path / "whole"))
    (file,) = (tmp_path / "whole").iterdir()
    with room(file.stat().st_size // 2), pytest.raises(OSError, match=ADVICE):
        rh.score_heads(organism, cases, scorer, journal=rh.Journal(tmp_path / "cut"))
    kept = sum(path.read_bytes().count(b"\n") for path in (tmp_path / "cut").iterdir())
    assert 0 < kept < len(cases)
    assert same(
        rh.score_heads(organism, cases, scorer, journal=rh.Journal(tmp_path / "cut")), whole
    )


def read_only(path, *_, **__):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))


def test_a_read_only_journal_is_refused_before_the_first_case_is_asked(tmp_path, monkeypatch):
    journal = opened(tmp_path)
    monkeypatch.setattr(Path, "open", read_only)
    with pytest.raises(OSError, match=r"\(Read-only file system\): " + ADVICE):
        journal.recall(lambda: pytest.fail("this work would be lost"), "case")


def test_a_read_only_journal_that_knows_all_is_enough(tmp_path, monkeypatch):
    opened(tmp_path).recall(lambda: "done", "case")
    again = opened(tmp_path)
    monkeypatch.setattr(Path, "open", read_only)
    assert again.recall(lambda: pytest.fail("this work is known"), "case") == "done"


def test_the_command_line_says_how_to_go_on(detect, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(rh.Greedy, "__call__", lambda *_: pytest.fail("it would be lost"))
    status, printed, complaint = detect("--journal", tmp_path / "file" / "run")
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert "cannot be written (Not a directory)" in complaint
    assert "run the same again; what was finished is kept" in complaint


def test_scores_that_cannot_be_written_leave_those_of_before(detect, room, tmp_path):
    journal = ("--journal", tmp_path / "run")
    out = ("--out", tmp_path / "s.safetensors")
    assert detect(*journal, *out)[0] == 0
    before = out[1].read_bytes()
    with room(600):
        status, _, complaint = detect(*journal, *out)
    assert status == 2
    assert "s.safetensors" in complaint
    assert out[1].read_bytes() == before
    assert [path.name for path in tmp_path.glob("s.*")] == ["s.safetensors"]
