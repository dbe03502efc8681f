"""What can be explored, and what remains where it cannot."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from interventions.circuits import CASE, COPY

import rh_lens as rh
from rh_lens.plots import explorer as package
from rh_lens.plots.explorer.explore import explore
from rh_lens.plots.explorer.shown import INSTALL, _evenly
from rh_lens.plots.explorer.spec import spec_of

WIDGET = "application/vnd.jupyter.widget-view+json"


def of(*values, name="score"):
    return rh.HeadScores(name, torch.tensor(values)[None], ({},))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cases": []}, "got no cases"),
        ({"scores": []}, "got no scores"),
        ({"ablations": {}}, "got no ablations"),
        ({"scores": of([0.5])}, "1 layers of 1 heads, and the model 2 of 4"),
        ({"scores": of([torch.nan] * 4, [torch.nan] * 4)}, "no head has a 'score'"),
        ({"scores": [of([0.1] * 4, [0.2] * 4)] * 2}, "give a mapping"),
    ],
)
def test_what_cannot_be_explored_is_refused(bridge, scores, change, said):
    given = {"cases": [CASE], "scores": scores, **change}
    with pytest.raises(ValueError, match=said):
        explore(bridge, given.pop("cases"), given.pop("scores"), **given)


def test_several_kinds_of_score_are_offered_by_name(bridge, scores):
    other = of([0.1, 0.2, 0.3, 0.4], [-0.5, torch.nan, 0.0, 0.0])
    many = explore(bridge, [CASE], {"copying": scores, "other": other})
    told = spec_of(many.session, many.scores, [0], {}, live=True)["scores"]
    assert [each["name"] for each in told] == ["copying", "other"]
    assert told[0]["top"][0] == list(COPY)
    assert told[1]["values"] == [[0.1, 0.2, 0.3, 0.4], [-0.5, None, 0.0, 0.0]]
    assert told[1]["top"][0] == [0, 3]
    assert len(told[1]["top"]) == 7, "a head that was not measured has no rank"


def test_cases_are_told_apart_by_the_labels_in_which_they_differ(bridge, scores):
    labels = [{"task": "niah", "length": 12, "depth": depth} for depth in (0.0, 0.5, 1.0)]
    cases = [replace(CASE, labels=each) for each in labels]
    many = explore(bridge, cases, scores)
    told = spec_of(many.session, many.scores, [0, 2], {}, live=False)
    assert told["facets"] == ["depth"]
    assert told["cases"] == [
        {"index": 0, "labels": {"depth": "0.0"}},
        {"index": 2, "labels": {"depth": "1.0"}},
    ]


def test_saved_cases_are_evenly_chosen():
    assert _evenly(9, 3) == [0, 4, 8]
    assert _evenly(2, 3) == [0, 1]
    assert _evenly(5, 1) == [0]


def test_nothing_can_be_saved_of_no_heads_or_cases(explorer, tmp_path):
    with pytest.raises(ValueError, match="ask for 1 or more"):
        explorer.to_html(tmp_path / "x.html", heads=0)


def test_a_notebook_gets_the_widget_a_table_and_a_picture(explorer, scores):
    bundle = explorer._repr_mimebundle_()
    assert WIDGET in bundle
    assert bundle["text/plain"] == scores.table()
    assert "<table" in bundle["text/html"]
    assert "data:image/png" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]


def test_a_notebook_to_be_read_without_a_kernel_gets_the_page(explorer, monkeypatch):
    monkeypatch.setenv("RH_LENS_VIZ", "static")
    bundle = explorer._repr_mimebundle_()
    assert WIDGET not in bundle
    assert bundle["text/html"] == explorer.html()
    assert "showAll(" in bundle["text/html"]


@pytest.fixture
def without_anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "rh_lens.plots.explorer.widget", raising=False)
    monkeypatch.delattr(package, "widget", raising=False)


@pytest.mark.usefixtures("without_anywidget")
def test_without_anywidget_it_says_what_to_install(explorer):
    with pytest.raises(ImportError, match=r"pip install 'rh_lens\[viz\]'"):
        explorer.live()
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/html"].endswith(INSTALL)
    assert WIDGET not in bundle


@pytest.mark.usefixtures("without_anywidget")
def test_without_anywidget_a_page_can_be_written(explorer, tmp_path):
    explorer.to_html(tmp_path / "page.html", heads=1)
    assert "showAll(" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_package_is_imported_without_the_widget_s_libraries():
    code = "import sys, rh_lens; print([m for m in ('anywidget', 'torch') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
