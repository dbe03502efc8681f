"""`rh-lens patch`: activations and paths from a shell."""

import re

import pandas as pd
import pytest

import rh_lens as rh
from rh_lens.experiments import recovery

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture
def patch(shell, few):
    """`rh-lens patch` over one pair of each of two needles."""
    return lambda *words: shell(
        *("patch", "--needles", few, "--lengths", "256", "--depths", "0.5"),
        *("--template", TEMPLATE, *words),
    )


def test_heads_are_patched_and_written_as_scores(patch, retrieving, tmp_path):
    out, plot = tmp_path / "effects.safetensors", tmp_path / "effects.png"
    status, printed, _ = patch("--out", out, "--plot", plot)
    effects = rh.HeadScores.load(out)
    assert status == 0
    assert effects.name == "z activation patching"
    assert set(effects.top(len(retrieving))) == set(retrieving)
    assert str(effects.top(1)[0]) in printed
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_first_look_costs_three_passes_a_pair(patch, tmp_path):
    status, _, _ = patch("--estimate", "--out", tmp_path / "e.safetensors")
    effects = rh.HeadScores.load(tmp_path / "e.safetensors")
    assert status == 0
    assert effects.provenance["cost"] == {"forward": 3 * 2, "backward": 2}


def test_layers_are_patched_by_stretch_of_text(patch, tmp_path):
    status, printed, _ = patch(
        *("--site", "residual", "--out", tmp_path / "l.csv", "--plot", tmp_path / "l.svg"),
    )
    assert status == 0
    assert re.search(r"before.*cue.*answer.*question.*last", printed)
    assert set(pd.read_csv(tmp_path / "l.csv")["span"]) >= {"cue", "answer", "last"}
    assert "<svg" in (tmp_path / "l.svg").read_text()


def test_paths_into_keys_name_who_feeds_them(patch, retrieving, tmp_path):
    status, printed, _ = patch(
        *("--into", str(retrieving[0]), "--site", "k", "--decoy", "cue"),
        *("--direction", "noising", "--out", tmp_path / "p.csv", "--plot", tmp_path / "p.png"),
    )
    assert status == 0
    assert re.search(r"sender +effect +share", printed)
    senders = pd.read_csv(tmp_path / "p.csv")
    (effect,) = [name for name in senders if "effect" in name]
    strongest = senders.groupby("sender")[effect].mean().idxmax()
    assert re.search(rf"share.*\n *{strongest} ", printed)
    assert (tmp_path / "p.png").exists()


def test_a_run_with_a_journal_prints_the_same_without_patching(patch, tmp_path, monkeypatch):
    words = ("--estimate", "--journal", tmp_path / "run")
    first = patch(*words)
    monkeypatch.setattr(recovery, "examine", lambda *_: pytest.fail("patched again"))
    assert first[0] == 0
    assert patch(*words) == first


BAD = {
    "--into L2H2": "ends at the q, k or v",
    "--into L2H2 --site k --estimate": "leave --estimate out",
    "--into L9H9 --site q": "L9H9",
    "--site residual --out e.safetensors": "--out got",
    "--lengths short": "--lengths got",
    "--plot e.txt": "--plot got",
    "--depths 1.5": "1.5",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_a_sentence(patch, words):
    status, _, complaint = patch(*words.split())
    assert status == 2
    assert BAD[words] in complaint
    assert "Traceback" not in complaint
