"""The explorer in JupyterLab, run for real: open a notebook, run it, click, ablate."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from playwright.sync_api import expect

CODE = """import rh_lens as rh
from rh_lens.plots.explorer.explore import explore

model = rh.load()
needle = next(needle for needle in rh.needles() if needle.kind == "date")
prompt = rh.Prompt("{haystack}\\n\\nQuestion: {question}\\nAnswer: {stem}")
cases = rh.niah(model.tokenizer, [needle], rh.Haystack(), [384], [0.3, 0.7], prompt=prompt)
scores = rh.score_heads(model, cases, rh.RetrievalScore())
explore(model, cases, scores)"""
TOKENS = """seen = rh.answer_attention(model, cases[0], scores.top(2))
rh.plots.tokens.together(rh.plots.tokens.looked_at(seen), rh.plots.tokens.heads_at_step(seen))"""
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab with one notebook, and settings of its own."""
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None,
         "source": source}
        for source in (CODE, "kept = 1", TOKENS)
    ]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    for cell, name in zip(notebook["cells"], "abc", strict=True):
        cell["id"] = name
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "explorer.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        f"JUPYTER{name}_DIR": str(tmp_path / name)
        for name in ("_CONFIG", "_DATA", "_RUNTIME", "LAB_WORKSPACES", "LAB_SETTINGS")
    }
    news = tmp_path / "LAB_SETTINGS" / "@jupyterlab" / "apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    root = f"--ServerApp.root_dir={tmp_path / 'work'}"
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--port={port}", root],
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    _wait_for(f"{address}/api", tmp_path / "log")
    yield f"{address}/lab/tree/explorer.ipynb?reset"
    server.terminate()
    server.wait(20)


def _wait_for(address, log):
    for _ in range(180):
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    raise RuntimeError(log.read_text()[-2000:])


def _run_all(page):
    """Again, if nothing began: a kernel can be idle before it listens."""
    begun = page.locator(".jp-InputPrompt", has_text=re.compile(r"[*\d]"))
    for _ in range(3):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        with suppress(AssertionError):
            expect(begun).not_to_have_count(0, timeout=30_000)
            return


def test_the_explorer_lives_in_jupyterlab(lab, opened, choose, keep):
    page = opened(lab, width=1500, height=1300)
    page.set_default_timeout(120_000)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3, timeout=120_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(
        timeout=120_000
    )
    _run_all(page)
    root = page.locator(".jp-OutputArea .rh-explorer")
    expect(root.locator(".rh-needle").first).to_be_visible(timeout=90_000)
    strongest = root.locator(".rh-look .rh-title b").inner_text()

    choose(root, 0, 6, layers=4, heads=8)
    expect(root.locator(".rh-look .rh-title b")).to_have_text("L0H6")
    expect(root.locator(".rh-sentence")).to_contain_text("looks", timeout=60_000)
    page.keyboard.press("x")  # would cut the cell, if JupyterLab heard it
    expect(root.get_by_role("radio", name="marked (1)")).to_be_enabled()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)

    root.get_by_role("button", name=re.compile(f"^{strongest} ")).click()
    expect(root.locator(".rh-sentence")).to_contain_text("in the needle", timeout=60_000)
    look = "node => Number(getComputedStyle(node).getPropertyValue('--look'))"
    assert root.locator(".rh-needle.rh-top").evaluate(look) > 0.5

    root.get_by_role("radio", name="top 5").check()
    before, after = root.locator(".rh-card").nth(0), root.locator(".rh-after")
    expect(before).to_contain_text("✓ the right answer", timeout=120_000)
    expect(after).to_contain_text("✗ not the right answer")
    assert before.locator(".rh-reply").inner_text() != after.locator(".rh-reply").inner_text()
    keep(page, "jupyterlab")

    views = page.locator(".jp-OutputArea .rh-tokens")
    views.first.scroll_into_view_if_needed()
    expect(views).to_have_count(2)
    expect(views.locator(".colored-tokens")).to_have_count(2)
    expect(views.first.locator("[style*='rgb(0, 0, 255)']")).to_have_count(1)
    expect(views.last).to_contain_text("Positive Bound")
    keep(page, "jupyterlab-tokens")
