"""`rh-lens ablate`: a curve from a shell."""

import pandas as pd
import pytest

import rh_lens as rh
from rh_lens.experiments import ask

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture
def ablate(shell, few):
    """`rh-lens ablate` over two cases."""
    return lambda heads, *words: shell(
        *("ablate", heads, "--needles", few, "--lengths", "128", "--depths", "0.5"),
        *("--template", TEMPLATE, "--controls", "1", *words),
    )


@pytest.fixture(scope="module")
def scores(organism, few, tmp_path_factory):
    """A score file whose first head is the strongest retrieval head."""
    prompt = rh.Prompt(TEMPLATE)
    cases = rh.niah(organism.tokenizer, rh.needles(few), rh.Haystack(), [128], [0.5], prompt=prompt)
    file = tmp_path_factory.mktemp("scores") / "scores.safetensors"
    rh.score_heads(organism, cases, rh.RetrievalScore()).save(file)
    return file


def test_it_prints_and_writes_what_was_answered_before_and_after(ablate, scores, tmp_path):
    files = {name: tmp_path / name for name in ("answers.csv", "curve.png", "grid.svg")}
    status, printed, _ = ablate(
        *(scores, "--counts", "3", "--out", files["answers.csv"]),
        *("--plot", files["curve.png"], "--grid", files["grid.svg"]),
    )
    assert status == 0
    assert "UniformAttention" in printed
    assert "text loss" in printed
    answers = pd.read_csv(files["answers.csv"]).groupby("heads")["found"].mean()
    assert answers["none"] == 1
    assert answers["ranking"] == 0
    assert "layer-matched, seed 0" in answers
    assert files["curve.png"].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in files["grid.svg"].read_text()


def test_heads_can_be_named_one_by_one(ablate, scores):
    top = rh.HeadScores.load(scores).top(2)
    status, printed, _ = ablate(
        ",".join(map(str, top)), "--counts", "2", "--ablation", "zero", "--scope", "everywhere"
    )
    assert status == 0
    assert f"ZeroOutput(heads=({top[0]},), scope='everywhere')" in printed


@pytest.mark.parametrize("ablation", ["mean", "resample", "sink", "knockout", "query"])
def test_every_ablation_has_its_name(ablate, scores, ablation):
    status, printed, _ = ablate(scores, "--counts", "1", "--ablation", ablation, "--controls", "0")
    classes = {
        "mean": "MeanOutput",
        "resample": "ResampleOutput",
        "sink": "SinkAttention",
        "knockout": "Knockout",
        "query": "QueryZero",
    }
    assert status == 0
    assert classes[ablation] in printed


def test_a_run_with_a_journal_prints_the_same_without_asking(ablate, scores, tmp_path, monkeypatch):
    words = (scores, "--counts", "1", "--journal", tmp_path / "run")
    first = ablate(*words)
    monkeypatch.setattr(ask, "_ask", lambda *_: pytest.fail("asked again"))
    assert first[0] == 0
    assert ablate(*words) == first


BAD = {
    "L2": "names no heads",
    "nowhere.safetensors": "no scores at",
    "L9H9 --counts 1": "L9H9",
    "L2H2 --counts few": "--counts got",
    "L2H2 --counts 3": "3 heads cannot be ablated of a ranking of 1",
    "L2H2 --plot p.txt": "--plot got",
    "L2H2 --out /nowhere/a.csv": "--out got",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_a_sentence(ablate, words):
    status, _, complaint = ablate(*words.split())
    assert status == 2
    assert BAD[words] in complaint
    assert "Traceback" not in complaint
