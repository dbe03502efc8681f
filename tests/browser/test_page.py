"""The saved page in a browser, opened from disk."""

import re
from pathlib import Path

import pytest
from interventions.circuits import CASE, NEEDLE
from playwright.sync_api import expect

FIRST = CASE.needle.start
LOOK = "Number(getComputedStyle(node).getPropertyValue('--look'))"


def tokens(page):
    return page.locator(".rh-prompt .rh-t")


def hardest(page):
    """The position that is outlined."""
    return page.eval_on_selector_all(
        ".rh-prompt .rh-t",
        "all => all.flatMap((n, i) => n.classList.contains('rh-top') ? [i] : [])",
    )


def bars(page):
    """The height of the bar over each token of the answer, below 0 if it hangs."""
    return page.eval_on_selector_all(
        ".rh-push i",
        "all => all.map(n => Number(n.style.getPropertyValue('--size')) "
        "* (n.className === 'rh-down' ? -1 : 1))",
    )


def test_a_click_on_a_head_colours_the_needle_token_it_looks_at(opened, copying_page, choose):
    page = opened(copying_page)
    choose(page, 1, 1)
    expect(page.locator(".rh-look .rh-title b")).to_have_text("L1H1")
    expect(page.locator(".rh-needle")).to_have_count(len(NEEDLE))
    looks = tokens(page).evaluate_all(f"all => all.map(node => {LOOK})")
    assert looks[FIRST] > 0.99
    assert sum(looks) - looks[FIRST] < 0.2
    assert hardest(page) == [FIRST]


def test_the_answer_is_stepped_through_by_key_click_and_slider(opened, copying_page, choose):
    page = opened(copying_page)
    choose(page, 1, 1)
    page.keyboard.press(".")
    assert hardest(page) == [FIRST + 1]
    page.locator(".rh-step").nth(2).click()
    assert hardest(page) == [FIRST + 2]
    expect(page.locator(".rh-step").nth(2)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("step through the answer").focus()
    page.keyboard.press("Home")
    assert hardest(page) == [FIRST]
    expect(page.locator(".rh-now")).to_have_count(1)


def test_the_bars_show_that_the_head_writes_what_is_said(opened, copying_page, choose):
    page = opened(copying_page)
    choose(page, 1, 1)
    for step in range(len(NEEDLE)):
        page.locator(".rh-step").nth(step).click()
        seen = bars(page)
        assert seen.index(max(seen)) == step


def test_the_arrow_keys_choose_heads_and_say_which(opened, copying_page, choose):
    page = opened(copying_page)
    choose(page, 1, 0)
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("gridcell")).to_have_text(re.compile("^L1H1: .*number 1 of 8"))
    said = page.locator("[aria-live].rh-hidden")
    expect(said).to_have_text(re.compile("L1H1 while the model says .* the token it is saying"))
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_role("gridcell")).to_have_text(re.compile("^L0H1"))


def test_without_the_head_the_answer_changes_and_without_another_it_stays(opened, copying_page):
    page = opened(copying_page)
    page.get_by_role("radio", name="L1H1").check()
    before, after, control = (page.locator(".rh-card").nth(i) for i in range(3))
    expect(before).to_contain_text("✓ the right answer")
    expect(after).to_contain_text("without L1H1")
    expect(after).to_contain_text("✗ not the right answer")
    expect(after.locator(".rh-other").first).to_be_visible()
    expect(control).to_contain_text("✓ the right answer")
    expect(control.locator(".rh-other")).to_have_count(0)
    page.get_by_role("radio", name="top 3").check()
    expect(after).to_contain_text("without L0H0, L0H1, L1H1")
    page.get_by_role("radio", name="none").check()
    expect(page.locator(".rh-card")).to_have_count(0)


def test_what_the_page_does_not_hold_it_says(opened, copying_page, choose):
    page = opened(copying_page)
    choose(page, 0, 3)
    expect(page.locator(".rh-sentence")).to_contain_text("not saved in this page")
    assert hardest(page) == []
    page.get_by_role("radio", name="L0H3").check()
    expect(page.locator(".rh-outcome")).to_contain_text("not saved in this page")
    choose(page, 1, 1)
    assert hardest(page) == [FIRST]


def test_tokens_are_shown_as_they_are_and_run_nothing(opened, copying_page):
    page = opened(copying_page)
    expect(page.locator(".rh-prompt")).to_contain_text("<bos>")
    expect(page.locator(".rh-prompt")).to_contain_text("</script><script>RAN=1</script>")
    expect(page.locator(".rh-answer")).to_contain_text("<img src=x onerror=RAN=2>")
    assert page.locator("img").count() == 0
    assert page.evaluate("window.RAN") is None


def test_the_map_can_show_another_score_and_the_needle_at_this_step(opened, copying_page):
    page = opened(copying_page)
    chooser = page.get_by_label("colour heads by")
    chooser.select_option("effect")
    expect(page.get_by_role("grid")).to_have_attribute("aria-label", re.compile("^effect"))
    expect(page.locator(".rh-scale")).to_contain_text("−1.00")
    expect(page.locator(".rh-strongest button").first).to_contain_text("L1H3")
    chooser.select_option("needle")
    expect(page.locator(".rh-strongest button").first).to_contain_text("L1H1 1.00")


def test_another_case_is_shown_where_its_needle_is(opened, organism_page, keep):
    page = opened(organism_page)
    expect(page.locator(".rh-needle").first).to_be_in_viewport()
    before = page.locator(".rh-prompt").get_attribute("aria-label")
    page.get_by_label("depth").select_option("0.7")
    expect(page.locator(".rh-prompt")).not_to_have_attribute("aria-label", before)
    expect(page.locator(".rh-needle").first).to_be_in_viewport()
    page.get_by_role("radio", name="top 3").check()
    expect(page.locator(".rh-after")).to_contain_text("✗")
    keep(page, "page-other-case")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 700, 360])
def test_nothing_sticks_out_and_all_text_can_be_read(opened, organism_page, keep, scheme, width):
    page = opened(organism_page, width=width, color_scheme=scheme)
    page.get_by_role("radio", name="top 3").check()
    expect(page.locator(".rh-card")).to_have_count(3)
    keep(page, f"page-{scheme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".rh-explorer.rh-dark").count() == (scheme == "dark")
    page.add_script_tag(path=Path(__file__).parent / "contrast.js")
    page.wait_for_timeout(300)  # colours fade
    assert page.evaluate("faint()") == []


def test_every_control_has_a_name(opened, copying_page):
    page = opened(copying_page)
    for role, name in [
        ("grid", "retrieval score: 2 layers downwards, 4 heads across"),
        ("combobox", "colour heads by"),
        ("slider", "step through the answer"),
        ("slider", "place in the prompt"),
        ("radiogroup", "heads to take away"),
        ("region", "the prompt: 12 tokens, the needle at 5 to 7; then the reply"),
        ("region", "where the head looks"),
    ]:
        expect(page.get_by_role(role, name=name, exact=True)).to_have_count(1)
    for role in ("button", "combobox", "slider", "radio"):
        unnamed = page.get_by_role(role, name=re.compile("^$"))
        expect(unnamed).to_have_count(0)


def test_the_page_is_used_by_keyboard_alone(opened, copying_page):
    page = opened(copying_page)
    parts, reached = ".rh-grid, .rh-step, .rh-strip, .rh-choices", []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"document.activeElement.closest('{parts}')?.className"))
    assert {"rh-grid", "rh-step", "rh-strip", "rh-choices"} <= set(reached)


def test_without_scripts_a_table_and_a_picture_remain(opened, copying_page, keep):
    page = opened(copying_page, java_script_enabled=False)
    expect(page.get_by_role("cell", name="L1H1")).to_be_visible()
    expect(page.get_by_role("img", name="retrieval score")).to_be_visible()
    keep(page, "page-without-scripts")


def test_two_explorers_on_one_page_do_not_meet(opened, copying_explorer, tmp_path):
    twice = tmp_path / "twice.html"
    piece = copying_explorer.html(heads=1)
    twice.write_text(f'<meta charset="utf-8">{piece}{piece}', encoding="utf-8")
    page = opened(twice.as_uri())
    expect(page.locator(".rh-root")).to_have_count(2)
    page.locator(".rh-step").nth(1).click()
    expect(page.locator(".rh-step[aria-pressed=true]")).to_have_count(2)
    ids = page.eval_on_selector_all("[id]", "all => all.map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_a_page_that_reaches_out_would_be_caught(opened, tmp_path):
    """The guard itself."""
    bad = tmp_path / "bad.html"
    bad.write_text('<img src="https://example.org/x.png">')
    opened(bad.as_uri())
    assert opened.outside == ["https://example.org/x.png"]
    opened.outside.clear()
    opened.errors.clear()


def test_heads_that_share_a_key_value_head_are_told(opened, organism_page, organism):
    page = opened(organism_page)
    groups = organism.cfg.n_key_value_heads
    expect(page.locator(".rh-keys")).to_contain_text("Brackets join heads that share")
    page.get_by_role("grid").focus()
    for _ in range(int(organism.cfg.n_heads)):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("gridcell")).to_have_text(re.compile("key-value head 0$"))
    for _ in range(int(organism.cfg.n_heads)):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("gridcell")).to_have_text(re.compile(f"key-value head {groups - 1}$"))


def test_heads_of_their_own_have_no_brackets(opened, copying_page):
    page = opened(copying_page)
    expect(page.locator(".rh-keys")).not_to_contain_text("Brackets")
    expect(page.get_by_role("gridcell")).not_to_contain_text("key-value")
