"""The report: its parts, its doubts, and what it refuses."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import torch

import rh_lens as rh
from rh_lens.plots.report_page import sections
from rh_lens.plots.report_page.doubts import doubts
from rh_lens.plots.report_page.report import report

PARTS = [
    "Strongest heads",
    "Cases answered",
    "How many needles it takes",
    "Explorer",
    "Cases not answered",
    "How this was obtained",
]


class Parts(HTMLParser):
    """Elements with their attributes, and the text of headings and cells."""

    def __init__(self, text):
        HTMLParser.__init__(self)
        self.elements, self.texts, self.inside = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        self.texts.append((self.inside, data))

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag):
        return [data for name, data in self.texts if name == tag and data.strip()]


@pytest.fixture(scope="module")
def told(scored, tmp_path_factory):
    """The page of scores that nothing is wrong with."""
    path = tmp_path_factory.mktemp("reports") / "report.html"
    report(scored(), path)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Writes a page, whose pictures are left out: they take long."""
    monkeypatch.setattr(sections, "figure", lambda draw: "<figure></figure>")

    def page(scores, **more):
        report(scores, tmp_path / "report.html", **more)
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return page


def test_all_parts_are_there_and_can_be_gone_to(told):
    parts = Parts(told)
    assert parts.said("h2") == PARTS
    links = [at["href"].removeprefix("#") for at in parts.of("a")]
    assert links == [at["id"] for at in parts.of("section")]
    assert len(parts.of("h1")) == 1


def test_the_strongest_heads_stand_with_their_intervals(told, scored):
    scores = scored()
    row = re.search(
        r'<th scope="row">L1H1</th><td>([\d.]+)</td><td>([\d.]+) to ([\d.]+)</td>', told
    )
    score, low, high = map(float, row.groups())
    assert score == pytest.approx(scores[rh.Head(1, 1)], abs=0.001)
    assert (low, high) == pytest.approx(scores.interval(rh.Head(1, 1)), abs=0.001)


def test_the_answer_rate_is_told_by_length_and_depth(told):
    assert "<b>23 of 24</b> cases (96%)" in told
    assert '<th scope="row">256</th><td>1.0</td><td>5 of 6</td><td>83%</td>' in told
    assert '<th scope="row">128</th><td>1.0</td><td>6 of 6</td><td>100%</td>' in told


def test_every_picture_has_words_and_a_dark_version(told):
    parts = Parts(told)
    pictures = parts.of("img")
    assert len(pictures) == len(parts.of("source")) == 4
    assert all(len(at["alt"]) > 30 for at in pictures)
    assert "a score" in pictures[0]["alt"]
    for light, dark in zip(pictures, parts.of("source"), strict=True):
        assert dark["media"] == "(prefers-color-scheme: dark)"
        drawn = [base64.b64decode(at.partition(",")[2]) for at in (light["src"], dark["srcset"])]
        assert all(b"<svg" in each for each in drawn)
        assert drawn[0] != drawn[1]


def test_every_table_has_a_caption_and_its_headings_a_scope(told):
    parts = Parts(told)
    assert len(parts.of("caption")) == len(parts.of("table")) == 7
    assert {at.get("scope") for at in parts.of("th")} == {"col", "row"}


def test_what_a_case_or_a_model_is_called_stays_text(told):
    assert "<script" not in told
    assert "<img src=x" not in told
    assert "&lt;img src=x onerror=RAN=2&gt; said" in told
    assert "Scorer(&lt;1&gt;)" in told


def test_nothing_is_fetched(told):
    parts = Parts(told)
    addresses = [at.get(name) for _, at in parts.elements for name in ("src", "href", "srcset")]
    assert all(each.startswith(("#", "data:")) for each in addresses if each)
    assert "default-src 'none'" in told
    assert not re.search(r"url\(|@import", told)


def test_how_it_was_obtained_is_told(told):
    for name, value in {
        "weights": "abc",
        "seed": "none: nothing was drawn by lot",
        "rh_lens": "0.1",
        "length": "2: 128, 256",
        "asked": "24",
    }.items():
        assert f'<th scope="row">{name}</th><td>{value}</td>' in told


def test_the_replies_that_were_wrong_are_told(scored):
    assert "The first 12 of 13" in sections.failures(scored(failed=13))
    assert sections.failures(scored(failed=2)).count("<tr>") == 1 + 2
    assert "None of the cases asked." in sections.failures(scored(failed=0))


def test_cases_for_which_memory_was_too_little_are_told(page, scored):
    scores = scored()
    *others, last = scores.labels
    skipped = last | {"found": None, "skipped": "<64> GiB wanted"}
    told = page(replace(scores, labels=(*others, skipped)))
    assert "<b>23 of 23</b> cases" in told
    assert "1 more could not be asked for want of memory (&lt;64&gt; GiB wanted)" in told


def test_scores_that_nothing_speaks_against_come_without_a_warning(page, scored):
    assert doubts(scored(needles=6, failed=0)) == []
    assert "Before you believe" not in page(scored(needles=6, failed=0))


@pytest.mark.parametrize(
    ("needles", "failed", "doubt"),
    [
        (20, 41, "answered only 39 of 80 cases (49%)"),
        (5, 1, "rest on 19 cases"),
        (1, 3, "rest on 1 case."),
        (4, 0, "about 4 needles"),
        (1, 0, "about one needle"),
    ],
)
def test_what_weakens_the_scores_is_told(scored, needles, failed, doubt):
    assert any(doubt in each for each in doubts(scored(needles, failed)))


def test_doubts_stand_above_the_scores(page, scored):
    told = page(scored(1, 0))
    places = [
        told.index(text)
        for text in (
            "Before you believe these numbers",
            "about one needle",
            '<section id="strongest-heads"',
        )
    ]
    assert places == sorted(places)


def test_each_doubt_comes_only_where_it_holds(scored):
    assert len(doubts(scored(20, 40))) == 0
    assert len(doubts(scored(5, 0))) == 0
    assert len(doubts(scored(4, 0))) == 2


def test_scores_of_no_case_say_so_and_show_no_heads(page, scored):
    told = page(scored(2, 8))
    assert "No case earned a result" in told
    assert "answered 0 of 8 cases" in told
    assert "No head was measured." in told


def test_cases_without_length_and_depth_have_a_rate_and_no_grid(page, scored):
    told = page(scored(grid=False))
    assert "neither length nor depth" in told
    assert len(Parts(told).of("figure")) == 3


def test_scores_of_a_published_file_can_be_reported(page):
    scores = rh.HeadScores("published", torch.rand(1, 2, 4), ({"found": True},), {"source": "f"})
    told = page(scores)
    assert "Heads of f by published" in told
    assert "It takes two needles that are answered to tell, and there are 1." in told


def test_without_the_model_it_says_how_to_get_the_explorer(told):
    assert "rh-lens report FILE -o report.html --model NAME" in told


def test_a_model_without_cases_and_cases_without_a_model_are_refused(page, scored, organism):
    for half in ({"model": organism}, {"cases": []}):
        with pytest.raises(ValueError, match="both a model and cases"):
            page(scored(), **half)


def test_another_model_than_the_one_scored_is_refused(page, scored, organism):
    with pytest.raises(ValueError, match="give the one that was scored"):
        page(
            scored(), model=organism, cases=[rh.Case(torch.arange(4), torch.arange(1), range(1, 2))]
        )
