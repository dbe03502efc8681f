"""A real browser that reaches nothing but this machine, and pages to open in it.

Run by `make browser`. Where Playwright or Chromium is missing, nothing here is collected.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from interventions.circuits import CASE, copying
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

import rh_lens as rh
from rh_lens.plots.explorer.explore import explore

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MISSING = find_spec("playwright") is None or shutil.which(CHROMIUM) is None
collect_ignore_glob = ["test_*.py"] if MISSING else []
if not MISSING:
    from playwright.sync_api import sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = ("http://127.0.0.1", "ws://127.0.0.1", "file:", "data:", "blob:", "about:")
ARTEFACTS = Path(__file__).parents[2] / "demo" / "browser"
WORDS = ["<bos>", "</script><script>RAN=1</script>", "<img src=x onerror=RAN=2>", "a&b"]


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser):
    """Opens pages; in the end nothing may have gone wrong there, or gone out."""
    contexts, outside, errors = [], [], []

    def guard(route):
        if route.request.url.startswith(HERE):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def open_page(url="about:blank", *, width=1200, height=1000, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    open_page.outside, open_page.errors = outside, errors
    yield open_page
    for context in contexts:
        context.close()
    assert outside == []
    assert errors == []


@pytest.fixture(scope="session")
def keep():
    """Keeps a picture of a page for somebody to look at."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)

    def keep(page, name):
        page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    return keep


@pytest.fixture(scope="session")
def copier(tmp_path_factory):
    """A model of 2 layers of 4 heads in which L1H1 answers; its tokens would like to be HTML."""
    folder = tmp_path_factory.mktemp("copier")
    vocab = {word: i for i, word in enumerate([*WORDS, *(f"word{i}" for i in range(4, 16))])}
    words = Tokenizer(models.WordLevel(vocab, WORDS[0]))
    words.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(folder)
    return copying("bridge", folder)


@pytest.fixture(scope="session")
def copying_explorer(copier):
    retrieval = rh.score_heads(copier, [CASE], rh.RetrievalScore())
    signed = rh.HeadScores("effect", torch.linspace(-1, 1, 8).reshape(1, 2, 4), ({},))
    return explore(copier, [CASE], [retrieval, signed])


@pytest.fixture(scope="session")
def copying_page(copying_explorer, tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "copying.html"
    copying_explorer.to_html(path, heads=3)
    return path.as_uri()


@pytest.fixture(scope="session")
def organism_page(organism, tmp_path_factory):
    """The bundled model on two prompts of 384 tokens."""
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needles = [needle for needle in rh.needles() if needle.kind == "date"][:1]
    depths = [0.3, 0.7]
    cases = rh.niah(organism.tokenizer, needles, rh.Haystack(), [384], depths, prompt=prompt)
    scores = rh.score_heads(organism, cases, rh.RetrievalScore())
    path = tmp_path_factory.mktemp("pages") / "organism.html"
    explore(organism, cases, scores).to_html(path, heads=3)
    return path.as_uri()


@pytest.fixture
def choose():
    """Clicks a head in the map."""

    def choose(root, layer, head, layers=2, heads=4, **how):
        canvas = root.locator(".rh-grid canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        size = (box["width"] - 28) / heads
        at = {"x": 26 + (head + 0.5) * size, "y": 4 + (layer + 0.5) * size}
        canvas.click(position=at, **how)

    return choose
