"""The answers that a page gets."""

import json

import pytest
import torch
from interventions.circuits import CASE, COPY, NEEDLE

import rh_lens as rh
from rh_lens.plots.explorer.session import Session, key

WITHOUT_COPY = ["without", 0, 0, [list(COPY)]]


def test_a_case_is_its_texts_and_where_they_were_copied_from(session, copier):
    told = session.answer(["case", 0])
    assert told["tokens"][0] == "<bos>"
    assert len(told["tokens"]) == len(CASE)
    assert told["needle"] == [CASE.needle.start, CASE.needle.stop]
    assert [text.strip() for text in told["said"]] == [copier.tokenizer.decode([t]) for t in NEEDLE]
    assert told["said"] == told["right"]
    assert told["found"] is True


def test_of_every_head_the_page_learns_its_attention_on_the_needle(session):
    needle = torch.tensor(session.answer(["case", 0])["onNeedle"])
    assert needle.shape == (2, 4, len(NEEDLE))
    assert needle[COPY].tolist() == [1000] * len(NEEDLE)


def test_a_look_holds_the_needle_tokens_and_what_the_head_wrote(session):
    look = session.answer(["look", 0, list(COPY)])
    assert [at[0] for at, _ in look["rows"]] == list(CASE.needle)
    assert [share[0] for _, share in look["rows"]] == [1000] * len(NEEDLE)
    wrote = torch.tensor(look["wrote"])
    assert wrote.argmax(dim=1).tolist() == list(range(len(NEEDLE)))


def test_an_ablation_is_shown_beside_the_answer_before_and_that_without_other_heads(session):
    told = session.answer(WITHOUT_COPY)
    assert (told["before"]["found"], told["after"]["found"]) == (True, False)
    assert told["control"]["found"] is True
    assert [head for head in told["others"] if head == list(COPY)] == []
    assert told["after"]["said"] != told["before"]["said"]


@pytest.mark.parametrize("number", range(3))
def test_each_ablation_takes_the_answer_away(session, number):
    told = session.answer(["without", 0, number, [list(COPY)]])
    assert told["after"]["found"] is False


def test_without_heads_to_draw_by_lot_there_is_no_control(session):
    told = session.answer(["without", 0, 1, [[1, head] for head in range(4)]])
    assert "control" not in told
    assert told["others"] == []


@pytest.mark.parametrize("question", [["case", 0], ["look", 0, list(COPY)], WITHOUT_COPY])
def test_answers_are_plain_json(session, question):
    answer = session.answer(question)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_a_question_is_spelt_as_a_browser_spells_it():
    assert key(["without", 0, 1, [[2, 4]]]) == '["without",0,1,[[2,4]]]'


@pytest.mark.parametrize("question", [["cases"], ["look", 0], [], ["case", 0, 1]])
def test_a_question_that_is_none_is_refused(session, question):
    with pytest.raises(ValueError, match="got the question"):
        session.answer(question)


def test_rows_cross_to_the_browser_and_never_the_whole_pattern(organism):
    """A head that looks everywhere alike is the longest to tell: its answer has a bound."""
    tokens = torch.randint(3, 2000, (1200,), generator=torch.Generator().manual_seed(0))
    steps = 4
    case = rh.Case(tokens, tokens[600 : 600 + steps], needle=range(600, 600 + steps))
    session = Session(organism, (case,), rh.TeacherForced(), {"blind": rh.UniformAttention}, 0)
    for index in range(organism.cfg.n_heads):
        look = session.answer(["look", 0, [0, index]])
        assert len(json.dumps(look)) < steps * (1000 * 12 + 240 * 10)
    assert len(json.dumps(session.answer(["case", 0])["onNeedle"])) < 4 * 8 * (steps * 6 + 4)


def test_the_prompt_is_read_once_for_all_questions_about_a_case(copier):
    asked = []

    class Counting(rh.TeacherForced):
        def __call__(self, model, case, context=None):
            asked.append(context is None)
            return rh.TeacherForced()(model, case, context)

    session = Session(copier, (CASE,), Counting(), {"zero": rh.ZeroOutput}, 0)
    for question in (["case", 0], ["look", 0, [1, 1]], ["look", 0, [0, 0]]):
        session.answer(question)
    assert asked == [True]
