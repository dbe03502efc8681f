"""A haystack is prose, wherever it comes from, and knows where its sentences begin."""

import re
from itertools import pairwise

import pytest

import rh_lens as rh


def sentences(text):
    """The text, cut at its boundaries."""
    edges = [0, *rh.Haystack(text).boundaries(len(text)), len(text)]
    return [text[start:stop] for start, stop in pairwise(edges)]


def test_the_bundled_haystack_is_long_english_prose(haystack):
    words = re.findall(r"[a-z]+", haystack.text.lower())
    common = {"the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "be", "as", "are"}
    assert len(haystack.text) >= 100_000
    assert sum(word in common for word in words) >= 0.25 * len(words)
    paragraphs = haystack.text.split("\n")
    assert len(set(paragraphs)) == len(paragraphs)
    assert all(len(paragraph.split()) >= 10 for paragraph in paragraphs)


@pytest.mark.parametrize(
    "markup",
    {
        "grammar": r"::=",
        "indentation": r"(?m)^[ \t]",
        "table or column": r"   |\t",
        "prompt of a session": r">>>",
        "underline of a heading": r"(?m)^(\W)\1+$",
        "bullet": r"(?m)^[*•-] ",
        "emphasis": r"(?<![\w\"“*])\*{1,2}(?![\s\"*])[^*\"\n]+\*{1,2}(?!\w)",
        "role": r":\w+:`|``",
        "directive": r"(?m)^\.\. ",
    }.items(),
    ids=lambda item: item[0],
)
def test_the_bundled_haystack_has_no_markup(haystack, markup):
    assert re.findall(markup[1], haystack.text) == []


def test_the_stars_of_quoted_code_are_no_emphasis(haystack):
    assert '"10**2" returns "100"' in haystack.text
    assert 'any number of "*" and "**" unpackings' in haystack.text


def test_a_text_is_its_own_haystack():
    assert rh.Haystack("One. Two.").text == "One. Two."


def test_a_long_line_is_a_text_and_no_path():
    assert rh.Haystack("One more sentence. " * 20).text.startswith("One more")


def test_space_around_a_haystack_is_no_sentence_of_it():
    assert sentences(rh.Haystack("\n\n One. Two.\n").text) == ["One. ", "Two."]


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_file_and_a_folder_are_read_in_the_order_of_names(tmp_path, kind):
    (tmp_path / "b.txt").write_text("Second. Größe.", encoding="utf-8")
    (tmp_path / "a.txt").write_text("First without a stop", encoding="utf-8")
    (tmp_path / "c.md").write_text("Never.", encoding="utf-8")
    assert rh.Haystack(kind(tmp_path / "b.txt")).text == "Second. Größe."
    both = rh.Haystack(kind(tmp_path))
    assert re.sub(r"\s+", " ", both.text) == "First without a stop Second. Größe."
    assert [both.text[at:] for at in both.boundaries(len(both.text))] == [
        "Second. Größe.",
        "Größe.",
    ]


@pytest.mark.parametrize("nothing", ["", " \n\t "])
def test_a_haystack_without_words_is_refused(nothing, tmp_path):
    with pytest.raises(ValueError, match="is empty: give a file, a folder or a text with words"):
        rh.Haystack(nothing)
    (tmp_path / "nothing.txt").write_text(nothing)
    with pytest.raises(ValueError, match=r"nothing\.txt.* is empty"):
        rh.Haystack(tmp_path / "nothing.txt")


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no haystack at .*nowhere\.txt.*check the path"):
        rh.Haystack("nowhere.txt")
    with pytest.raises(ValueError, match=r"no haystack at .*nowhere.*check the path"):
        rh.Haystack(tmp_path / "nowhere")


def test_a_folder_without_texts_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("One. Two.")
    with pytest.raises(ValueError, match=r"holds no \.txt files: put the haystack there"):
        rh.Haystack(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "latin.txt").write_bytes("Schön. Größe.".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.txt.* \(byte 3\): save it as UTF-8"):
        rh.Haystack(tmp_path / "latin.txt")


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two! ", "Three? ", "4 more. ", "Five"],
        [
            "He said “go.” ",
            "She asked 'why?' ",
            '"Because," he said. ',
            '"Well." ',
            "(Pause.) ",
            "(No.)",
        ],
        ["Pi is 3.14 and e.g. this, i.e. that, etc. and more. ", "The rest."],
        [
            "Dr. Amsel met Mrs. Oduya, e.g. Tuesday, in the U.S. Navy, with J. S. Bach. ",
            "They spoke.",
        ],
        ["One sentence that\nis wrapped by its\nEditor. ", "Two.\n", "Three."],
        ["A heading\n\n", "Its paragraph.\n \n", "the next"],
        ["钥匙在茶壶里。", "他问：“在哪里？”", "她走了！\n", "渡船出发。"],
        ["Она пришла. ", "Он ушёл. ", "Ärger kam. ", "Ну. и потом. ", "«Да.» ", "«Нет.»"],
        ["नमस्ते. ", "फिर. ", "¡Sí! ", "¿Qué?"],
    ],
    ids=[
        "stops",
        "quotes",
        "numbers",
        "abbreviations",
        "lines",
        "paragraphs",
        "zh",
        "ru",
        "others",
    ],
)
def test_boundaries_are_where_sentences_begin(parts):
    assert sentences("".join(parts)) == parts


def test_boundaries_stop_before_the_character_asked_for():
    hay = rh.Haystack("One. Two. Three.")
    assert hay.boundaries(16) == [5, 10]
    assert hay.boundaries(10) == [5]
    assert hay.boundaries(5) == []
