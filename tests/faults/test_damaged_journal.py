"""A journal whose last page was lost or scrambled: nothing it then says is wrong."""

import json

import pytest

import rh_lens as rh

MODEL = {"name": "tiny", "weights": "c0ffee"}
WORK = {i: {"found": True, "scores": [[0.5 + i, 1 / 3], [1e-42, -0.0]]} for i in range(4)}


@pytest.fixture
def file(tmp_path):
    """The only file of a journal that remembers all of `WORK`."""
    journal = opened(tmp_path)
    for i, result in WORK.items():
        journal.recall(lambda result=result: result, "case", i)
    return journal.file


def opened(folder):
    journal = rh.Journal(folder)
    journal.about(MODEL)
    return journal


def remembered(folder):
    """What of `WORK` a journal knows; None if it refuses to say."""
    try:
        journal = opened(folder)
    except ValueError as refusal:
        return None, str(refusal)
    known = {}
    for i in WORK:
        result = journal.recall(lambda: None, "case", i)
        known |= {} if result is None else {i: result}
    return known, ""


def test_cut_at_any_byte_of_the_last_record_the_others_are_kept(file):
    whole = file.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for length in range(last, len(whole)):
        for scrap in file.parent.iterdir():
            scrap.unlink()
        file.write_bytes(whole[:length])
        assert remembered(file.parent) == ({i: WORK[i] for i in (0, 1, 2)}, "")


def test_a_byte_changed_in_the_last_record_is_never_believed(file):
    whole = file.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    outcomes = []
    for at in range(last, len(whole)):
        for flip in (0x01, 0x20, 0xFF):
            for scrap in file.parent.iterdir():
                scrap.unlink()
            file.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
            known, refusal = remembered(file.parent)
            outcomes.append(known)
            if known is None:
                assert "is not a journal entry: remove that line, and what it held is" in refusal
            else:  # the end of the line is gone, and with it the record
                assert known == {i: WORK[i] for i in (0, 1, 2)}
    assert outcomes.count(None) > 0.98 * len(outcomes)


@pytest.mark.parametrize("page", [16, 64, 4096])
def test_a_last_page_of_zeros_costs_what_stood_on_it_and_no_more(file, page):
    whole = file.read_bytes()
    kept = max(len(whole) - page, 0)
    file.write_bytes(whole[:kept] + bytes(len(whole) - kept))
    complete = whole[:kept].count(b"\n")
    assert remembered(file.parent) == ({i: WORK[i] for i in range(complete)}, "")


def test_a_result_that_reads_well_but_is_another_is_refused(file):
    file.write_text(file.read_text().replace("3.5", "9.5"))
    assert remembered(file.parent)[0] is None


def test_records_of_a_journal_without_checksums_are_read(tmp_path):
    journal = opened(tmp_path)
    journal.recall(lambda: "done", "case", 0)
    lines = [json.loads(line) for line in journal.file.read_text().splitlines()]
    del lines[0]["check"]
    first = json.dumps({**lines[0], "format": "rh_lens journal 1"})
    journal.file.write_text(first + "\n" + json.dumps({"key": "0123", "result": 7}) + "\n")
    assert opened(tmp_path).recall(lambda: "asked again", "case", 0) == "done"
    assert opened(tmp_path).results["0123"] == 7
