"""What a journal remembers, and what it makes of damaged, foreign and shared folders."""

import json
import math
import re
import subprocess
import sys

import pytest

from rh_lens import Journal

MODEL = {"name": "tiny", "weights": "c0ffee"}
OTHER = {"name": "huge", "weights": "decaf"}


@pytest.fixture
def opened(tmp_path):
    """A journal of the same folder, as if in a process of its own each time."""

    def opened(model=MODEL):
        journal = Journal(tmp_path / "run")
        journal.about(model)
        return journal

    return opened


@pytest.fixture
def written(opened):
    """The file of a journal that remembers the squares of 0 to 4."""
    journal = opened()
    for i in range(5):
        journal.recall(lambda i=i: {"square": i * i}, "square", i)
    return journal.file


def undone():
    raise AssertionError("this work was done before")


def squares(journal):
    """The numbers whose squares a journal remembers."""
    done = []
    for i in range(5):
        recalled = journal.recall(lambda: None, "square", i)
        done += [i] if recalled == {"square": i * i} else []
    return done


def test_without_a_folder_nothing_is_remembered():
    journal, results = Journal(), iter([1, 2])
    journal.about(MODEL)
    assert [journal.recall(lambda: next(results), "same") for _ in range(2)] == [1, 2]


def test_work_done_once_is_not_done_again(opened):
    first = opened()
    assert first.recall(lambda: [1, 2], "case") == [1, 2]
    assert first.recall(undone, "case") == [1, 2]
    assert opened().recall(undone, "case") == [1, 2]


def test_all_of_the_identity_counts(opened):
    journal = opened()
    done = [journal.recall(lambda i=i: i, *who) for i, who in enumerate(["ab", "ba", "a", "abc"])]
    assert done == [0, 1, 2, 3]
    assert journal.recall(lambda: 4, ("a", "b")) == 4


def test_work_that_failed_is_not_remembered(opened):
    with pytest.raises(ZeroDivisionError):
        opened().recall(lambda: 1 / 0, "case")
    assert opened().recall(lambda: 1, "case") == 1


def test_nothing_to_remember_leaves_nothing_behind(opened, tmp_path):
    opened()
    assert list(tmp_path.iterdir()) == []


def test_numbers_come_back_bit_for_bit(opened):
    numbers = [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.pi]
    opened().recall(lambda: [*numbers, math.nan], "floats")
    *recalled, nan = opened().recall(undone, "floats")
    assert [number.hex() for number in recalled] == [number.hex() for number in numbers]
    assert math.isnan(nan)


def test_wherever_the_last_line_was_torn_the_rest_is_kept(opened, written):
    whole = written.read_bytes()
    for length in range(0, len(whole) + 1, 7):
        for scrap in written.parent.iterdir():
            scrap.unlink()
        written.write_bytes(whole[:length])
        assert squares(opened()) == list(range(whole[:length].count(b"\n")))


def test_a_journal_goes_on_after_its_own_torn_line(opened, written):
    with written.open("a") as file:
        file.write('{"key": "half a li')
    journal = opened()
    journal.recall(lambda: "more", "after the first")
    with journal.file.open("a") as file:  # the disk was full, and the notebook ran on
        file.write('{"key": "half a li')
    journal.about(MODEL)
    journal.recall(lambda: "most", "after the second")
    last = opened()
    assert squares(last) == [0, 1, 2, 3, 4]
    assert last.recall(undone, "after the first") == "more"
    assert last.recall(undone, "after the second") == "most"


@pytest.mark.parametrize(
    "scrap", ["{", "\udcff", "[]", "3", '"key"', "{}", '{"key": [], "result": 1}']
)
@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_damaged_line_is_named_by_file_and_number(opened, written, number, scrap):
    lines = written.read_bytes().splitlines(keepends=True)
    lines[number - 1] = scrap.encode(errors="surrogateescape") + b"\n"
    written.write_bytes(b"".join(lines))
    where = re.escape(f"line {number} of {str(written)!r} is not a journal entry: remove th")
    with pytest.raises(ValueError, match=where) as refusal:
        opened()
    if "that line" in str(refusal.value):  # the advice helps
        written.write_bytes(b"".join(lines[: number - 1] + lines[number:]))
        assert squares(opened()) == [i for i in range(5) if i != number - 1]
    else:
        assert number == 1
        written.unlink()
        assert squares(opened()) == []


def test_the_journal_of_another_model_is_refused_with_both_their_names(opened, written):
    both = re.escape(json.dumps(MODEL)) + ", not " + re.escape(json.dumps(OTHER))
    with pytest.raises(ValueError, match=f"about another model, {both}: name another folder"):
        opened(OTHER)
    assert squares(opened()) == [0, 1, 2, 3, 4]


def test_a_journal_of_another_format_is_refused(opened, written):
    written.write_text(written.read_text().replace("rh_lens journal 2", "rh_lens journal 9"))
    with pytest.raises(ValueError, match="was written as 'rh_lens journal 9', not 'rh_lens journ"):
        opened()


def test_a_file_is_no_folder_to_remember_in(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(ValueError, match="is a file: name a folder"):
        Journal(tmp_path / "run")


def test_a_journal_must_know_its_model(tmp_path):
    with pytest.raises(ValueError, match="does not know which model this is"):
        Journal(tmp_path).recall(undone, "case")


def test_what_is_known_by_its_place_in_memory_cannot_be_remembered(opened):
    class Nameless:
        pass

    for nameless in (Nameless(), lambda: None, [undone]):
        with pytest.raises(ValueError, match="make what shows an address in memory a frozen data"):
            opened().recall(undone, "case", nameless)


SQUARING = """
import sys, time
from pathlib import Path
from rh_lens import Journal
folder, own = Path(sys.argv[1]), sys.argv[2]
journal = Journal(folder / "run")
journal.about({"name": "tiny", "weights": "c0ffee"})
(folder / own).touch()
while not (folder / "go").exists():
    time.sleep(0.001)
for i in range(300):
    journal.recall(lambda: {"by": own, "padding": "x" * 20_000}, "both", i)
    journal.recall(lambda: {"by": own}, own, i)
"""


def test_two_processes_at_once_lose_nothing_and_count_nothing_twice(opened, tmp_path):
    names = ["one", "two"]
    command = [sys.executable, "-c", SQUARING, str(tmp_path)]
    running = [subprocess.Popen([*command, name]) for name in names]
    while not all((tmp_path / name).exists() for name in names):
        assert all(process.poll() is None for process in running)
    (tmp_path / "go").touch()
    assert [process.wait(60) for process in running] == [0, 0]
    journal = opened()
    texts = [path.read_text() for path in (tmp_path / "run").iterdir()]
    assert [text.count("\n") for text in texts] == [600, 600]
    assert len(journal.results) == 3 * 300
    for i in range(300):
        assert {journal.recall(undone, name, i)["by"] for name in names} == set(names)
        assert journal.recall(undone, "both", i)["by"] in names
