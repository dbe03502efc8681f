"""Coloured tokens in a browser, opened from disk."""

import pytest
from interventions.circuits import CASE, COPY, NEEDLE
from playwright.sync_api import expect

import rh_lens as rh
from rh_lens.experiments.answer_attention import AnswerAttention, answer_attention
from rh_lens.experiments.answer_logprobs import answer_logprobs
from rh_lens.plots import tokens

FIRST = CASE.needle.start
SINK = rh.Head(1, 0)
HOSTILE = ["<bos>", "</script><script>RAN=1</script>", "<img src=x onerror=RAN=2>", "a&b"]
ODD = [*HOSTILE, "&lt;i&gt;", "'\"`", "${RAN=3}", "鸟🐦", "\u2028", "a\nb"]


@pytest.fixture(scope="module")
def seen(copier):
    return answer_attention(copier, CASE, [COPY, rh.Head(0, 0), SINK])


@pytest.fixture
def show(opened, tmp_path):
    """Saves a view, and opens it once it is drawn."""

    def show(view, **how):
        view.save(tmp_path / "view.html")
        page = opened((tmp_path / "view.html").as_uri(), **how)
        expect(page.get_by_text("drawn where scripts run")).to_have_count(0)
        return page

    return show


def coloured(page):
    """The tokens drawn, as they are read."""
    texts = page.locator(".rh-drawn span > span").all_inner_texts()
    return " ".join(texts).replace("\xa0", " ")


def odd(seen):
    """The same attention, of a prompt of odd tokens."""
    read = (*(ODD * 2)[: seen.steps.start], *seen.said)
    return AnswerAttention(**{**vars(seen), "read": read})


def test_the_token_looked_at_is_the_darkest(show, keep, seen):
    page = show(tokens.looked_at(seen))
    keep(page, "tokens-looked-at")
    drawn = page.locator(".colored-tokens span > span")
    expect(drawn).to_have_count(len(CASE))
    style = "getComputedStyle(node).backgroundColor"
    colours = drawn.evaluate_all(f"all => all.map(node => {style})")
    assert colours[FIRST] == "rgb(0, 0, 255)"
    assert colours.count("rgb(0, 0, 255)") == 1
    assert "looks hardest at" in page.locator("figcaption").inner_text()


def test_a_token_tells_its_share(show, seen):
    page = show(tokens.looked_at(seen))
    page.locator(".colored-tokens span > span").nth(FIRST).hover()
    share = f"{seen.attention[0, 0, FIRST]:.4f}".rstrip("0").rstrip(".")
    expect(page.locator(".colored-tokens > div")).to_have_text(seen.read[FIRST] + share)


def test_a_click_on_a_head_shows_where_that_one_looks(show, keep, seen):
    page = show(tokens.heads_at_step(seen, step=1))
    keep(page, "tokens-heads")
    drawn = page.locator(".rh-ColoredTokensMulti span > span")
    colour = "all => all.map(node => getComputedStyle(node).backgroundColor)"
    before = drawn.evaluate_all(colour)
    page.get_by_text(str(SINK), exact=True).first.click()
    expect(drawn.nth(0)).to_have_css("background-color", "rgb(0, 0, 255)")
    assert drawn.evaluate_all(colour) != before
    expect(page.get_by_text("Negative Bound")).to_be_hidden()


def test_the_square_draws_a_picture_for_each_head(show, keep, seen):
    page = show(tokens.needle_square(seen))
    keep(page, "tokens-square")
    expect(page.locator("canvas")).to_have_count(len(seen.heads) + 1)
    expect(page.get_by_role("heading", name="L1H1 Zoomed")).to_be_visible()
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_timeout(300)
    assert page.locator("canvas").last.bounding_box()["width"] > 300
    middle = """node => {
        const ctx = node.getContext("2d");
        const all = ctx.getImageData(0, 0, node.width, node.height).data;
        let blue = 0;
        for (let i = 0; i < all.length; i += 4)
            blue += all[i] === 0 && all[i + 1] === 0 && all[i + 2] === 255 && all[i + 3] === 255;
        return blue / (all.length / 4);
    }"""
    share = page.locator("canvas").last.evaluate(middle)
    places = 2 * len(NEEDLE)
    assert share > 0.4 * len(NEEDLE) / places**2  # the copies; axes take the rest of the canvas


def test_what_an_ablation_does_to_each_token_is_drawn_and_listed(show, keep, copier):
    told = answer_logprobs(copier, CASE, {"without <L1H1>": rh.ZeroOutput([COPY])})
    page = show(tokens.logprobs(told))
    keep(page, "tokens-logprobs")
    expect(page.get_by_role("heading", name="without <L1H1>")).to_be_visible()
    expect(page.locator(".rh-TokenLogProbs")).to_have_count(2)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(NEEDLE))
    expect(rows.first.locator("td").nth(1)).to_have_text(f"{told.logprobs[1, 0]:.2f}")
    page.locator(".rh-TokenLogProbs span > span").first.hover()
    expect(page.get_by_text("Log Prob")).to_be_visible()


def test_odd_tokens_are_shown_as_they_are_and_run_nothing(show, keep, seen, copier):
    told = answer_logprobs(copier, CASE, {ODD[1]: rh.ZeroOutput([COPY])})
    views = [tokens.looked_at(odd(seen)), tokens.heads_at_step(odd(seen)), tokens.logprobs(told)]
    page = show(tokens.together(*views, tokens.needle_square(odd(seen))))
    keep(page, "tokens-odd")
    texts = coloured(page)
    for token in ODD[:-2]:
        assert token in texts
    page.locator(".colored-tokens span > span").nth(2).hover()
    expect(page.locator(".colored-tokens strong")).to_have_text(HOSTILE[2])
    assert page.locator(".rh-drawn :is(img, b, i, script)").count() == 0
    assert page.locator("body > script, head > script").count() <= 3
    assert page.evaluate("window.RAN") is None


def test_a_page_with_two_views_loads_one_bundle(opened, seen):
    """As two outputs of a notebook, each of which carries the bundle."""
    page = opened()
    outputs = [tokens.looked_at(seen)._repr_html_(), tokens.heads_at_step(seen)._repr_html_()]
    page.set_content("<!doctype html>" + "".join(f"<div>{output}</div>" for output in outputs))
    expect(page.get_by_text("drawn where scripts run")).to_have_count(0)
    counted = "Array.from(document.scripts, each => each.textContent.includes('var CircuitsVis'))"
    assert page.evaluate(counted).count(True) == 1
    assert page.locator("[data-rh-circuitsvis]").count() == 2


def test_the_same_view_twice_is_drawn_twice(opened, seen):
    page = opened()
    page.set_content("<!doctype html>" + 2 * tokens.looked_at(seen).html())
    expect(page.locator(".colored-tokens")).to_have_count(2)


def test_what_is_left_out_is_said_on_the_page(show, keep, seen):
    length = 9000
    attention = seen.attention.new_zeros(1, 1, length)
    attention[..., 4000] = 1
    long = AnswerAttention(
        heads=seen.heads[:1],
        read=tuple(f" w{i}" for i in range(length + 1)),
        steps=range(length, length + 1),
        needle=range(4000, 4003),
        found=True,
        attention=attention,
        places=(4000, length - 1),
        between=seen.between[:1, :2, :2],
    )
    page = show(tokens.heads_at_step(long))
    keep(page, "tokens-cropped")
    expect(page.locator(".rh-cropped")).to_be_visible()
    expect(page.locator(".rh-cropped")).to_contain_text("of 9,000 tokens")
    expect(page.locator(".rh-drawn")).to_contain_text("tokens ⋯")


def test_a_dark_page_leaves_the_colours_readable(show, keep, seen):
    page = show(tokens.looked_at(seen), color_scheme="dark")
    keep(page, "tokens-dark")
    expect(page.locator(".rh-tokens")).to_have_css("background-color", "rgb(255, 255, 255)")
