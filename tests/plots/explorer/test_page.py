"""The page that needs nothing."""

import base64
import json
import re
import struct
import zlib
from importlib.resources import files

import torch
from interventions.circuits import COPY

from rh_lens.plots.explorer.page import fragment, page, script_safe
from rh_lens.plots.explorer.picture import CELL, colours, picture, png
from rh_lens.plots.explorer.spec import COUNTS

MODULE = (files("rh_lens.plots.explorer") / "explorer.js").read_text(encoding="utf-8")


def spec_in(html):
    (content,) = re.findall(r'^showAll\("[0-9a-f]+", (.*)\);$', html, re.MULTILINE)
    return json.loads(content)


def test_no_token_can_end_the_script_or_begin_an_element(saved):
    assert saved.lower().count("</script") == 1
    assert saved.lower().count("<script") == 1
    assert "<bos>" not in saved
    assert "<img src=x" not in saved


def test_the_tokens_arrive_as_they_were(saved):
    tokens = spec_in(saved)["known"]['["case",0]']["tokens"]
    assert tokens[0] == "<bos>"
    assert any("</script><script>RAN=1</script>" in token for token in tokens)


def test_what_is_put_into_a_script_is_read_back_unchanged():
    value = {"a": "</SCRIPT><!--\u2028", "b": [1.5, None, True]}
    assert json.loads(script_safe(value)) == value
    assert "<" not in script_safe(value)


def test_the_model_s_name_is_text(explorer):
    html = page({"model": "<b>x</b>", "known": {}}, "")
    assert "<b>x" not in html
    assert "&lt;b&gt;x" in html


def test_a_page_asks_nothing_of_the_network(explorer, tmp_path):
    explorer.to_html(tmp_path / "page.html", heads=1)
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|//cdn|@import|\bsrc=\"(?!data:)|\bhref=|url\(|fetch\(", html)


def test_the_module_never_parses_a_text_as_markup_or_code():
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc"
    assert not re.search(forbidden, MODULE)


def test_a_page_answers_for_the_strongest_heads_alone_and_together(saved, scores):
    known = spec_in(saved)["known"]
    for head in scores.top(3):
        assert f'["look",0,{list(head)}]'.replace(" ", "") in known
        assert f'["without",0,0,[{list(head)}]]'.replace(" ", "") in known
    for count in COUNTS:
        heads = sorted(list(head) for head in scores.top(count))
        assert f'["without",0,0,{heads}]'.replace(" ", "") in known
    looks = [question for question in known if question.startswith('["look"')]
    assert len(looks) == 3
    assert known[f'["without",0,0,[{list(COPY)}]]'.replace(" ", "")]["after"]["found"] is False


def test_a_page_offers_only_what_it_can_answer(saved):
    spec = spec_in(saved)
    assert spec["live"] is False
    assert len(spec["ablations"]) == 1
    assert [each["index"] for each in spec["cases"]] == [0]


def test_the_same_results_make_the_same_page(explorer, saved):
    assert explorer.html(heads=3) == saved


def test_without_scripts_a_table_and_a_picture_remain(saved, scores):
    fallback = saved[: saved.index("<style>")]
    assert f"<td>{scores.top(1)[0]}</td>" in fallback
    assert 'src="data:image/png;base64,' in fallback
    assert fragment({"model": "m"}, "<p>seen</p>").index("<p>seen</p>") > 0


def test_the_picture_has_a_cell_for_every_head():
    content = base64.b64decode(picture(torch.rand(3, 5)).split(",")[1])
    assert struct.unpack(">II", content[16:24]) == (5 * CELL, 3 * CELL)


def test_the_picture_is_the_pixels_row_by_row():
    pixels = torch.arange(18, dtype=torch.uint8).reshape(2, 3, 3)
    content = png(pixels)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at = content.index(b"IDAT") + 4
    rows = zlib.decompress(content[at : content.index(b"IEND") - 8])
    assert rows == b"\0" + bytes(range(9)) + b"\0" + bytes(range(9, 18))
    assert zlib.crc32(content[at - 4 : -16]) == struct.unpack(">I", content[-16:-12])[0]


def test_the_picture_is_darkest_at_the_most_and_grey_where_nothing_was_measured():
    painted = colours(torch.tensor([[0.0, 0.5, 1.0, torch.nan, -1.0]]))[0].int()
    light = painted.sum(dim=-1)
    assert light[0] > light[1] > light[2]
    assert painted[3].unique().numel() == 1
    assert painted[4][0] > painted[4][2], "below zero is another colour: brown"
