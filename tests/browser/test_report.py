"""The report in a browser, opened from disk."""

import pytest
from interventions.circuits import CASE, NEEDLE
from playwright.sync_api import expect

import rh_lens as rh
from rh_lens.plots.report_page.report import report

PARTS = 6


@pytest.fixture(scope="session")
def report_page(copier, tmp_path_factory):
    """Of a model whose tokens would like to be HTML, with the explorer inside."""
    scores = rh.score_heads(copier, [CASE], rh.RetrievalScore())
    path = tmp_path_factory.mktemp("reports") / "report.html"
    report(scores, path, model=copier, cases=[CASE])
    return path.as_uri()


def test_all_parts_are_there_and_the_pictures_are_drawn(opened, report_page, keep):
    page = opened(report_page)
    keep(page, "report")
    expect(page.locator("main > section > h2")).to_have_count(PARTS)
    loaded = "all => all.every(each => each.complete && each.naturalWidth > 100)"
    assert page.locator("figure.plot img").count() == 2  # one case: no grid, no curve
    assert page.locator("figure.plot img").evaluate_all(loaded)
    expect(page.get_by_text("Before you believe these numbers")).to_be_visible()
    expect(page.locator(".doubts li")).to_have_count(2)


def test_the_explorer_inside_works(opened, report_page, choose):
    page = opened(report_page)
    choose(page, 1, 1)
    expect(page.locator(".rh-look .rh-title b")).to_have_text("L1H1")
    expect(page.locator(".rh-needle")).to_have_count(len(NEEDLE))
    page.get_by_role("radio", name="L1H1").check()
    expect(page.locator(".rh-card").nth(1)).to_contain_text("not the right answer")


def test_what_the_model_reads_runs_nothing(opened, report_page):
    page = opened(report_page)
    expect(page.locator(".rh-prompt")).to_contain_text("</script><script>RAN=1</script>")
    assert page.evaluate("window.RAN") is None


def test_the_page_itself_forbids_requests(browser, report_page):
    """Without the guard that the other tests have."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(report_page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)")
    context.close()
    assert refused
    assert asked == []


def test_a_dark_reader_gets_dark_pictures(opened, report_page, keep):
    page = opened(report_page, color_scheme="dark")
    keep(page, "report-dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(18, 22, 27)")
    picture = page.locator("figure.plot img").first
    dark = page.locator("figure.plot source").first.get_attribute("srcset")
    assert picture.evaluate("node => node.currentSrc") == dark


def test_a_narrow_page_does_not_scroll_sideways(opened, report_page, keep):
    page = opened(report_page, width=390, height=800)
    keep(page, "report-narrow")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
