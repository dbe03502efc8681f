"""Where heads looked while a model answered, on a model in which one head copies."""

import pytest
import torch
from interventions.circuits import CASE, COPY, IDLE, NEEDLE, copying

import rh_lens as rh
from rh_lens.experiments.answer_attention import answer_attention
from rh_lens.model.record import record


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copier"))


def test_the_copying_head_looks_at_each_needle_token_as_it_is_said(copier):
    seen = answer_attention(copier, CASE, [COPY])
    assert seen.attention[0].argmax(dim=-1).tolist() == list(CASE.needle)
    assert seen.attention.sum(dim=-1).allclose(torch.ones(1, len(NEEDLE)))
    assert bool((seen.on_needle > 0.99).all())
    assert seen.found


def test_every_row_is_that_of_a_plain_run(copier):
    seen = answer_attention(copier, CASE, [COPY, IDLE])
    text = torch.cat([CASE.tokens, torch.tensor(NEEDLE)])
    patterns = record(copier, text, "pattern")  # layer head query pos
    for i, head in enumerate([COPY, IDLE]):
        whole = patterns[head.layer, head.index].float().cpu()
        rows = whole[len(CASE) - 1 : len(text) - 1, : len(text) - 1]
        assert torch.allclose(seen.attention[i], rows, atol=1e-5)
        places = list(seen.places)
        assert torch.allclose(seen.between[i], whole[places][:, places], atol=1e-5)


def test_places_are_the_needle_and_the_rows_that_said_the_answer(copier):
    seen = answer_attention(copier, CASE, [COPY])
    rows = range(len(CASE) - 1, len(CASE) - 1 + len(NEEDLE))
    assert seen.places == (*CASE.needle, *rows)
    assert seen.between.shape == (1, 2 * len(NEEDLE), 2 * len(NEEDLE))
    copied = seen.between[0, len(NEEDLE) :, : len(NEEDLE)]
    assert copied.argmax(dim=-1).tolist() == [0, 1, 2]


def test_texts_are_those_of_prompt_and_reply(copier):
    seen = answer_attention(copier, CASE, [COPY])
    assert len(seen.read) == len(CASE) + len(NEEDLE)
    assert seen.said == tuple(f" {token}" for token in NEEDLE)
    assert repr(seen).startswith("while ' 2 3 4' was said\nL1H1: 100%")


def test_a_case_without_a_needle_has_only_its_rows(copier):
    bare = rh.Case(CASE.tokens, CASE.answer, range(0))
    seen = answer_attention(copier, bare, [COPY], answering=rh.TeacherForced())
    assert seen.places == tuple(range(len(CASE) - 1, len(CASE) + 2))
    assert seen.on_needle.tolist() == [[0.0, 0.0, 0.0]]


def test_a_head_named_twice_is_watched_once_and_none_is_refused(copier):
    assert answer_attention(copier, CASE, [COPY, COPY]).heads == (COPY,)
    with pytest.raises(ValueError, match="no heads to watch"):
        answer_attention(copier, CASE, [])
    with pytest.raises(ValueError, match="L9H0"):
        answer_attention(copier, CASE, [rh.Head(9, 0)])
