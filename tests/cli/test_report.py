"""`rh-lens report`: a page about a score file, from a shell."""

import pytest
import torch

import rh_lens as rh
from rh_lens.plots.report_page import sections

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture(scope="module")
def scores(organism, few, tmp_path_factory):
    """Scores of two needles at two depths."""
    prompt = rh.Prompt(TEMPLATE)
    hidden, hay = rh.needles(few), rh.Haystack()
    cases = rh.niah(organism.tokenizer, hidden, hay, [256], [0.0, 1.0], prompt=prompt)
    file = tmp_path_factory.mktemp("scores") / "scores.safetensors"
    rh.score_heads(organism, cases, rh.RetrievalScore()).save(file)
    return file


def test_a_file_alone_gives_a_page_that_says_what_the_explorer_needs(shell, scores, tmp_path):
    status, printed, _ = shell("report", scores, "-o", tmp_path / "r.html")
    told = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert status == 0
    assert "wrote" in printed
    assert str(rh.HeadScores.load(scores).top(1)[0]) in told
    assert "--model NAME" in told
    assert "data-rh-explorer" not in told


def test_with_the_model_the_explorer_is_inside(shell, scores, few, tmp_path, monkeypatch):
    monkeypatch.setattr(sections, "figure", lambda draw: "")  # pictures take long
    words = ("--model", "organism", "--needles", few, "--template", TEMPLATE)
    status, _, _ = shell("report", scores, "-o", tmp_path / "r.html", *words)
    told = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert status == 0
    assert told.count("<div data-rh-explorer=") == 1
    assert "--model NAME" not in told


BAD = {
    "--model organism": "give the --needles, --haystack, --template",
    "--model organism-short --needles FEW": "give the one that was scored",
    "-o report.pdf": "name a file that ends in .html",
    "-o nowhere/report.html": "where no file can be written",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_a_sentence(shell, scores, few, tmp_path, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = [str(few) if word == "FEW" else word for word in words.split()]
    if "FEW" in words:
        given += ["--template", TEMPLATE]
    status, _, complained = shell("report", scores, *given)
    assert status == 2
    assert BAD[words] in complained
    assert not list(tmp_path.glob("*.html"))


def test_cases_that_cannot_be_made_again_are_refused(shell, tmp_path):
    file = tmp_path / "scores.safetensors"
    rh.HeadScores("list", torch.rand(1, 4, 8), ({"found": True},)).save(file)
    status, _, complained = shell("report", file, "-o", tmp_path / "r.html", "--model", "organism")
    assert status == 2
    assert "cannot be made again" in complained
