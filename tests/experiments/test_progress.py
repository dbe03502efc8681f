"""Long work shows how far it has come, where somebody looks."""

import sys

import pytest

from rh_lens.experiments import progress


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("looked_at", "shown"), [("a terminal", True), ("a notebook", True), ("a log", False)]
)
def test_a_bar_is_for_those_who_look(monkeypatch, capsys, looked_at, shown):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: looked_at == "a terminal")
    if looked_at == "a notebook":
        monkeypatch.setitem(sys.modules, "ipykernel", sys)
    else:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert list(progress.watched(range(3), "counting")) == [0, 1, 2]
    assert ("counting" in capsys.readouterr().err) == shown


def test_short_work_shows_none(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert list(progress.watched(range(3), "counting")) == [0, 1, 2]
    assert "counting" not in capsys.readouterr().err
