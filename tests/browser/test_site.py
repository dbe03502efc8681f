"""The built site in a browser: what it is for works, in both schemes and without a network.

`make browser` builds it first. The variable SITE names another folder.
"""

import os
import re
import socketserver
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import expect

SITE = Path(os.environ.get("SITE", Path(__file__).parents[2] / "site"))
PAGES = [
    "index",
    "tutorial",
    "concepts",
    "methods/scores",
    "methods/ablations",
    "reproducing",
    "speed",
    "notebooks/index",
    "reference/index",
    "reference/scorers",
    "reference/cli",
    "reference/organism",
    "changelog",
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def site():
    """The address of the site, served from this machine."""
    assert (SITE / "index.html").is_file(), f"there is no site at {SITE}: run `make docs`"
    with socketserver.ThreadingTCPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(SITE))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_first_page_shows_the_picture_and_an_explorer_that_works(opened, site, choose, keep):
    page = opened(f"{site}/index.html", height=1400)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Which heads"))
    expect(page.locator("svg.copying")).to_be_visible()
    expect(page.locator("svg.heads .strong").first).to_be_visible()
    root = page.locator(".rh-explorer")
    strongest = root.locator(".rh-strongest button")
    expect(strongest.first).to_be_visible()
    first = root.locator(".rh-look .rh-title b").inner_text()
    hardest = ".rh-prompt .rh-top"
    before = root.locator(hardest).evaluate("node => [...node.parentNode.children].indexOf(node)")
    root.locator(".rh-step").nth(1).click()
    after = root.locator(hardest).evaluate("node => [...node.parentNode.children].indexOf(node)")
    assert after != before
    strongest.nth(1).click()
    expect(root.locator(".rh-look .rh-title b")).not_to_have_text(first)
    root.get_by_role("radio", name="top 3").check()
    expect(root.locator(".rh-card")).to_have_count(3)
    keep(page, "site-home")


def test_the_explorer_follows_the_scheme_of_the_site(opened, site, keep):
    page = opened(f"{site}/index.html", color_scheme="light")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
    expect(page.locator(".rh-explorer.rh-dark")).to_have_count(0)
    page.locator("label[title=Dark]").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    expect(page.locator(".rh-explorer.rh-dark")).to_have_count(1)
    keep(page, "site-home-dark")


def test_formulas_are_drawn_by_the_browser_in_their_own_font(opened, site):
    page = opened(f"{site}/methods/scores.html")
    formulas = page.locator("math.formula")
    assert formulas.count() > 30
    box = formulas.filter(has=page.locator("mfrac")).first.bounding_box()
    assert box["height"] > 25
    assert "\\" not in "".join(formulas.all_text_contents())
    assert "$$" not in page.locator("article").inner_text()
    page.wait_for_function("document.fonts.check('16px Formulas')")


def test_search_finds_what_is_looked_for(opened, site):
    page = opened(f"{site}/index.html")
    page.locator("input.md-search__input").click()
    page.keyboard.type("induction", delay=20)
    found = page.locator(".md-search-result__item")
    expect(found.first).to_be_visible()
    expect(found.filter(has_text="InductionScore").first).to_be_attached()


def test_a_figure_that_was_measured_stands_where_its_mark_was(opened, site):
    page = opened(f"{site}/reproducing.html")
    text = page.locator("article").inner_text()
    assert re.search(r"of which the model answered \d+", text)
    assert "{{" not in text
    expect(page.locator("table").first).to_contain_text("Mixtral-8x7B-v0.1")


def test_every_notebook_was_run(opened, site):
    page = opened(f"{site}/notebooks/index.html")
    links = page.locator("article dt a").evaluate_all("all => all.map(a => a.href)")
    assert links
    for link in links:
        page = opened(link)
        expect(page.locator(".jp-OutputArea-output").first).to_be_attached()
        expect(page.locator(".jp-OutputArea-output", has_text="Traceback")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_a_page(opened, site, keep, name, width, scheme):
    page = opened(f"{site}/{name}.html", width=width, color_scheme=scheme)
    expect(page.locator("article h1").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    keep(page, f"site-{name.replace('/', '-')}-{scheme}-{width}")
