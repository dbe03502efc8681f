"""Every reader of files, on files that are damaged, hostile or of another kind."""

import json

import pytest
from fuzz.bytes import NASTY, damaged
from hypothesis import given, settings
from hypothesis import strategies as st

import rh_lens as rh

HEADS = {f"{layer}-{head}": [0.25, 0.5 + 0.01 * head] for layer in range(3) for head in range(2)}
NEEDLE = {"fact": "Der Code ist 7-KELP.", "question": "Wie ist der Code?", "answer": "7-KELP"}


def journal(path):
    found = rh.Journal(path.parent)
    found.about({"name": "tiny"})
    return sorted(found.results.items())


READERS = {  # by name: the file's ending, how it is read, what a right one holds
    "scores": ("safetensors", rh.HeadScores.load, None),
    "reference": ("json", rh.HeadScores.load, json.dumps(HEADS)),
    "wu2024": ("json", rh.published.wu2024, json.dumps(HEADS)),
    "headkv": ("json", rh.published.headkv, json.dumps(HEADS)),
    "audit": ("json", rh.published.audit, json.dumps(HEADS)),
    "core": ("json", rh.published.core, json.dumps(dict.fromkeys(HEADS, 0.5))),
    "qrhead": (
        "yaml",
        lambda path: rh.published.qrhead(path, n_layers=30, n_heads=30),
        'model: Llama\nattn_head_set: "13-18,13-21,10_3"\n',
    ),
    "duo_attention": ("tsv", rh.published.duo_attention, "1.0\t0.5\n0.0\t-1e-3\n"),
    "needles": ("jsonl", rh.needles, json.dumps(NEEDLE, ensure_ascii=False) + "\n"),
    "haystack": ("txt", rh.Haystack, "Ein Satz. Noch einer, „hier“. Und ein dritter.\n"),
    "journal": ("jsonl", journal, None),
}


@pytest.fixture(scope="module", params=READERS)
def reader(request, tmp_path_factory, scores):
    """A folder with one file, how to read it, and the bytes of a right one."""
    ending, read, text = READERS[request.param]
    folder = tmp_path_factory.mktemp("read")
    path = folder / f"file.{ending}"
    if request.param == "scores":
        scores.save(path)
    elif request.param == "journal":
        writing = rh.Journal(folder)
        writing.about({"name": "tiny"})
        for i in range(3):
            writing.recall(lambda i=i: {"found": True, "scores": [[0.5 + i, 1e-3]]}, "case", i)
        writing.file.rename(path)
    else:
        path.write_text(text, encoding="utf-8")
    return path, read, path.read_bytes()


def told(path, read, content):
    """What is read from a file, as text; or a refusal, which must be a sentence about that file."""
    path.write_bytes(content)
    try:
        return repr(read(path))
    except (ValueError, OSError) as error:
        refusal = str(error)
    assert path.name in refusal or str(path.parent) in refusal
    assert len(refusal) < 1000
    return None


def test_a_right_file_is_accepted(reader):
    assert told(*reader)


def test_a_hostile_file_is_read_or_refused_in_a_sentence(reader, monkeypatch):
    path, read, _ = reader
    monkeypatch.chdir(path.parent)
    for content in NASTY:
        told(path, read, content)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_reader_unpickles(reader, bombs, tmp_path):
    path, read, _ = reader
    for bomb in bombs:
        told(path, read, bomb)
    assert not (tmp_path / "exploded").exists()


@given(data=st.data())
@settings(max_examples=40)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(reader, data):
    path, read, right = reader
    told(path, read, data.draw(damaged(right)))


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=60)
def test_a_flipped_bit_never_gives_other_scores(scores, tmp_path, at, bit):
    scores.save(tmp_path / "s.safetensors")
    content = bytearray((tmp_path / "s.safetensors").read_bytes())
    content[int(at * len(content))] ^= 1 << bit
    (tmp_path / "s.safetensors").write_bytes(content)
    try:
        loaded = rh.HeadScores.load(tmp_path / "s.safetensors")
    except ValueError:
        return
    assert loaded.values.nan_to_num(-1).equal(scores.values.nan_to_num(-1))
    assert (loaded.name, loaded.labels) == (scores.name, scores.labels)
    assert loaded.provenance == scores.provenance


@pytest.mark.parametrize(
    ("right", "other"),
    [
        (b'"F32"', b'"I32"'),
        (b"[4,3,2]", b"[4,2,3]"),
        (b"length", b"lemgth"),
        (b"a score", b"b score"),
        (b"S()", b"T()"),
        (b'"checksum"', b'"chocksum"'),
    ],
)
def test_scores_that_read_well_but_are_others_are_refused(scores, tmp_path, right, other):
    scores.save(tmp_path / "s.safetensors")
    content = (tmp_path / "s.safetensors").read_bytes()
    assert content.count(right) >= 1
    (tmp_path / "s.safetensors").write_bytes(content.replace(right, other))
    with pytest.raises(ValueError, match=r"s\.safetensors' is damaged, its checksum differs"):
        rh.HeadScores.load(tmp_path / "s.safetensors")
