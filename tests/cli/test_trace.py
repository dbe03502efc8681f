"""`rh-lens trace`: a copy, token by token, from a shell."""

import pandas as pd
import pytest

import rh_lens as rh

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture
def trace(shell, few):
    """`rh-lens trace` of one of two cases."""
    return lambda heads, *words: shell(
        *("trace", heads, "--needles", few, "--lengths", "128", "--template", TEMPLATE, *words)
    )


@pytest.fixture(scope="module")
def scores(organism, few, tmp_path_factory):
    cases = rh.niah(
        organism.tokenizer,
        rh.needles(few),
        rh.Haystack(),
        [128],
        [0.5],
        prompt=rh.Prompt(TEMPLATE),
    )
    file = tmp_path_factory.mktemp("scores") / "scores.json"
    rh.score_heads(organism, cases, rh.RetrievalScore()).save(file)
    return file


def test_it_prints_writes_and_draws_a_row_for_each_token_and_head(trace, scores, tmp_path):
    out, plot = tmp_path / "t.csv", tmp_path / "t.png"
    status, printed, _ = trace(scores, "--top", "2", "--out", out, "--plot", plot)
    rows = pd.read_csv(out)
    assert status == 0
    assert "which is the needle" in printed
    assert set(rows["head"]) == set(map(str, rh.HeadScores.load(scores).top(2)))
    assert rows["copied"].mean() > 0.8
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_second_case_is_another(trace, scores):
    first, second = (trace(scores, "--case", number)[1] for number in ("1", "2"))
    assert first != second


def test_a_run_with_a_journal_prints_the_same_without_asking(trace, scores, tmp_path, monkeypatch):
    words = (scores, "--journal", tmp_path / "run")
    first = trace(*words)
    monkeypatch.setattr(rh.Greedy, "__call__", None)
    assert trace(*words) == first


BAD = {
    "L2H2 --case 3": "--case got 3, of 2 cases",
    "L9H9": "L9H9",
    "heads.txt": "names no heads",
    "L2H2 --plot t.txt": "--plot got",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_a_sentence(trace, words):
    status, _, complaint = trace(*words.split())
    assert status == 2
    assert BAD[words] in complaint
