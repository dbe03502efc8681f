"""The module under a live host: the browser asks, Python answers while it is open."""

import re
import time
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from rh_lens.plots.explorer.spec import spec_of

MODULE = (files("rh_lens.plots.explorer") / "explorer.js").read_text(encoding="utf-8")
STYLE = (files("rh_lens.plots.explorer") / "explorer.css").read_text(encoding="utf-8")
HOST = """async ([code, spec]) => {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  const heard = (window.heard = new Set());
  const model = {
    get: (name) => ({ spec })[name],
    on: (_, listener) => heard.add(listener),
    off: (_, listener) => heard.delete(listener),
    send: async ({ key, question }) => {
      const reply = await window.asked(question);
      if (reply) heard.forEach((listener) => listener({ key, ...reply }));
    },
  };
  const el = document.body.appendChild(document.createElement("div"));
  const start = performance.now();
  window.end = widget.render({ model, el });
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return performance.now() - start;
}"""


@pytest.fixture
def live(opened, copying_explorer):
    """A page with a widget on it, what Python is asked, and how long it took to draw."""

    def live(answer=copying_explorer.session.answer, spec=None, clock=False):
        session, scores = copying_explorer.session, copying_explorer.scores
        page, questions = opened(), []
        if clock:
            page.clock.install()

        def asked(question):
            questions.append(question)
            try:
                return {"answer": answer(question)} if answer else None
            except ValueError as error:
                return {"error": f"ValueError: {error}"}

        page.expose_function("asked", asked)
        page.add_style_tag(content=STYLE)
        took = page.evaluate(HOST, [MODULE, spec or spec_of(session, scores, [0], {}, live=True)])
        return page, questions, took

    return live


def test_a_click_asks_python_for_one_head(live, choose):
    page, questions, _ = live()
    expect(page.locator(".rh-needle")).to_have_count(3)
    choose(page, 0, 2)
    expect(page.locator(".rh-look .rh-title b")).to_have_text("L0H2")
    expect(page.locator(".rh-sentence")).to_contain_text("looks")
    assert questions == [["case", 0], ["look", 0, [1, 1]], ["look", 0, [0, 2]]]
    choose(page, 1, 1)
    expect(page.locator(".rh-look .rh-title b")).to_have_text("L1H1")
    page.wait_for_timeout(300)
    assert len(questions) == 3, "what was answered is not asked again"


def test_any_head_can_be_marked_and_taken_away(live, choose):
    page, questions, _ = live()
    expect(page.locator(".rh-needle")).to_have_count(3)
    choose(page, 0, 2)
    page.keyboard.press("x")
    choose(page, 1, 1, modifiers=["Shift"])
    page.get_by_role("radio", name="marked (2)").check()
    expect(page.locator(".rh-after")).to_contain_text("without L0H2, L1H1")
    expect(page.locator(".rh-after")).to_contain_text("✗")
    assert questions[-1] == ["without", 0, 0, [[0, 2], [1, 1]]]
    page.get_by_label("how", exact=True).select_option("they cannot see the needle")
    page.wait_for_timeout(1000)
    assert questions[-1] == ["without", 0, 2, [[0, 2], [1, 1]]]
    expect(page.locator(".rh-after")).to_contain_text("✗")


def test_while_a_key_is_held_down_python_is_asked_for_the_last_head_only(live, choose):
    page, questions, _ = live()
    expect(page.locator(".rh-needle")).to_have_count(3)
    choose(page, 0, 0)
    page.wait_for_timeout(400)
    questions.clear()
    page.evaluate(
        """async () => { for (let i = 0; i < 3; i += 1) {
        document.querySelector(".rh-grid").dispatchEvent(
        new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        await new Promise((after) => setTimeout(after, 30)); } }"""
    )
    expect(page.locator(".rh-look .rh-title b")).to_have_text("L0H3")
    assert questions == [["look", 0, [0, 3]]]


def test_an_error_in_python_is_shown(live, choose):
    def failing(question):
        raise ValueError("<b>out of memory</b>")

    page, _, _ = live(failing)
    expect(page.locator(".rh-prompt")).to_contain_text("ValueError: <b>out of memory</b>")


def test_without_a_kernel_it_says_what_to_do(live):
    page, _, _ = live(None, clock=True)
    expect(page.locator(".rh-prompt")).to_contain_text("asking the model")
    page.clock.fast_forward(9_000)
    expect(page.locator(".rh-prompt")).to_contain_text("run the cell again")
    expect(page.get_by_role("grid")).to_be_visible()


def test_a_removed_widget_lets_go_of_its_host(live):
    page, _, _ = live()
    expect(page.locator(".rh-needle")).to_have_count(3)
    assert page.evaluate("window.heard.size") == 1
    page.evaluate("window.end()")
    assert page.evaluate("window.heard.size") == 0


LAYERS = HEADS = 32
LONG = 16_000


def long_case(question):
    """32 x 32 heads on a prompt of 16 000 tokens."""
    needle, steps = 11_000, 10
    match question:
        case ["case", 0]:
            return {
                "tokens": [f" w{i}" for i in range(LONG)],
                "needle": [needle, needle + steps],
                "facts": [],
                "said": [f" w{needle + i}" for i in range(steps)],
                "right": [f" w{needle + i}" for i in range(steps)],
                "found": True,
                "onNeedle": [[[500] * steps] * HEADS] * LAYERS,
            }
        case ["look", 0, _]:
            rest = list(range(0, LONG, 40))
            rows = [[[needle + i, *rest], [500] + [1] * len(rest)] for i in range(steps)]
            strips = [[list(range(240)), [4] * 240]] * steps
            return {"rows": rows, "strips": strips, "wrote": [[1.0] * steps] * steps}
    raise ValueError(question)


def long_spec():
    values = [[(7 * (HEADS * i + j) % 1024) / 1024 for j in range(HEADS)] for i in range(LAYERS)]
    return {
        "model": "large", "layers": LAYERS, "heads": HEADS, "groups": 8, "facets": [],
        "scores": [{"name": "score", "values": values, "top": [[31, 31], [0, 0], [5, 5]]}],
        "cases": [{"index": 0, "labels": {}}],
        "ablations": ["blind"], "counts": [3], "strips": 240, "known": {}, "live": True,
    }  # fmt: skip


def test_a_thousand_heads_and_a_long_prompt_stay_quick(live, choose, keep):
    page, _, took = live(long_case, long_spec())
    assert took < 500, f"32 x 32 heads took {took:.0f} ms to draw"
    expect(page.locator(".rh-needle")).to_have_count(10)
    assert page.locator(".rh-prompt .rh-t").count() < 1000
    expect(page.locator(".rh-needle").first).to_be_in_viewport()
    expect(page.locator(".rh-skip").first).to_contain_text("tokens")
    choose(page, 5, 5, LAYERS, HEADS)
    expect(page.locator(".rh-sentence")).to_contain_text("w11000 (50 %, in the needle)")
    start = time.perf_counter()
    page.keyboard.press(".")
    expect(page.locator(".rh-sentence")).to_contain_text("w11001 (50 %, in the needle)")
    assert time.perf_counter() - start < 2
    keep(page, "long")


def test_in_a_long_prompt_every_place_can_be_reached(live):
    page, _, _ = live(long_case, long_spec())
    expect(page.locator(".rh-needle")).to_have_count(10)
    place = page.get_by_role("slider", name="place in the prompt")
    place.focus()
    page.keyboard.press("Home")
    expect(page.locator(".rh-prompt")).to_contain_text(" w100 ")
    expect(page.locator(".rh-needle")).to_have_count(0)
    expect(place).to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name="the needle").click()
    expect(page.locator(".rh-needle")).to_have_count(10)
    box = place.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    expect(place).to_have_attribute("aria-valuenow", re.compile(r"^(79|80)\d\d$"))
