"""Needles are facts whose answers can be copied, and files that say otherwise are refused."""

import json

import pytest

import rh_lens as rh

WU = {  # the third of the published ones: their answer begins with a capital, their fact does not
    "needle": "The orchard closed because the well had run dry.",
    "question": "Why did the orchard close?",
    "real_needle": "Because the well had run dry",
}


@pytest.fixture
def lines(tmp_path):
    """A JSONL file of the given lines."""

    def written(*lines):
        path = tmp_path / "needles.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return written


def test_the_bundled_needles_are_many_and_of_many_kinds():
    kinds = [needle.kind for needle in rh.needles()]
    assert len(kinds) >= 24
    assert len(set(kinds)) >= 6
    assert {"German", "Chinese"} <= set(kinds)
    assert min(kinds.count(kind) for kind in kinds) >= 2


def test_no_bundled_needle_answers_another():
    found = rh.needles()
    assert len({needle.fact for needle in found}) == len(found)
    assert len({needle.question for needle in found}) == len(found)
    overheard = [
        (one.answer, other.fact)
        for one in found
        for other in found
        if one is not other and one.answer in other.fact
    ]
    assert overheard == []


def test_every_bundled_answer_stands_once_in_its_fact_and_not_in_its_question():
    for needle in rh.needles():
        assert needle.fact.count(needle.answer) == 1
        assert needle.answer not in needle.question


def test_the_stem_is_the_fact_up_to_its_answer():
    needle = rh.Needle("The key is under the mat.", "Where is the key?", "under the mat")
    assert needle.stem == "The key is"


def test_an_answer_that_the_fact_does_not_contain_cannot_be_copied():
    with pytest.raises(ValueError, match=r"does not stand in the fact .* quote the fact exactly"):
        rh.Needle("The key is under the mat.", "Where is the key?", "Under the mat")


@pytest.mark.parametrize("answer", ["", "  "])
def test_an_empty_answer_is_refused(answer):
    with pytest.raises(ValueError, match="empty answer: say what to copy"):
        rh.Needle("The key is under the mat.", "Where is the key?", answer)


def test_needles_come_back_from_a_file_as_they_were(tmp_path):
    rh.save_needles(rh.needles(), tmp_path / "copy.jsonl")
    assert rh.needles(tmp_path / "copy.jsonl") == rh.needles()
    assert "图书馆" in (tmp_path / "copy.jsonl").read_text(encoding="utf-8")


def test_the_keys_of_the_reference_are_read_and_the_answer_takes_the_spelling_of_the_fact(lines):
    assert rh.needles(lines(json.dumps(WU))) == [
        rh.Needle(WU["needle"], WU["question"], "because the well had run dry")
    ]


def test_letters_that_grow_in_lower_case_do_not_shift_the_answer(lines):
    istanbul = WU | {"needle": "In İstanbul it closed because the well had run dry."}
    (needle,) = rh.needles(lines(json.dumps(istanbul)))
    assert needle.answer == "because the well had run dry"


def test_capitals_count_where_the_keys_are_ours(lines):
    ours = {"fact": WU["needle"], "question": WU["question"], "answer": WU["real_needle"]}
    with pytest.raises(ValueError, match=r"line 1 .* quote the fact exactly"):
        rh.needles(lines(json.dumps(ours)))


def test_blank_lines_are_no_needles(lines):
    assert len(rh.needles(lines("", json.dumps(WU), "   ", ""))) == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ('{"fact": "cut off', "Unterminated string"),
        ("42", "one JSON object"),
        ('["fact", "question", "answer"]', "one JSON object"),
        ('{"fact": "It is 42.", "question": "What is it?", "answer": 42}', "texts"),
        ('{"fact": "It is 42.", "answer": "42"}', "the keys .*: give fact, question and answer"),
        (
            '{"real_needle": "42", "question": "What is it?"}',
            "the keys .*: give fact, question and answer",
        ),
        (
            '{"fact": "It is 42.", "question": "What?", "answer": "42", "id": "7"}',
            "the keys .*'id'",
        ),
        ('{"needle": "It is 42.", "question": "What?", "real_needle": "43"}', "does not stand in"),
    ],
)
def test_a_bad_line_is_named_by_its_number(lines, bad, why):
    with pytest.raises(ValueError, match=rf"line 3 of .*needles\.jsonl is not a needle: .*{why}"):
        rh.needles(lines(json.dumps(WU), "", bad))


@pytest.mark.parametrize("nothing", ["", "\n \n"])
def test_a_file_without_needles_is_refused(lines, nothing):
    with pytest.raises(ValueError, match="holds no needles: write one JSON object a line"):
        rh.needles(lines(nothing))
