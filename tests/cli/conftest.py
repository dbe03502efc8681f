"""The command line, run as from a shell."""

import sys

import pytest

import rh_lens as rh
from rh_lens import cli


@pytest.fixture
def shell(monkeypatch, capsys):
    """Run the command line: its exit status, what it printed and what it complained of."""

    def shell(*words):
        monkeypatch.setattr(sys, "argv", ["rh-lens", *map(str, words)])
        with pytest.raises(SystemExit) as exit:
            cli.main()
        return exit.value.code or 0, *capsys.readouterr()

    return shell


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A file of two needles that the bundled model finds."""
    file = tmp_path_factory.mktemp("needles") / "few.jsonl"
    rh.save_needles([needle for needle in rh.needles() if needle.kind == "date"][:2], file)
    return file
