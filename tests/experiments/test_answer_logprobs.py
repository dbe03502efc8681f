"""How likely each token of the answer is, before and after a change."""

import pytest
import torch
from interventions.circuits import CASE, COPY, IDLE, NEEDLE, copying

import rh_lens as rh
from rh_lens.experiments.answer_logprobs import answer_logprobs
from rh_lens.metrics import answer_logits


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copier"))


@pytest.fixture(scope="module")
def told(copier):
    changes = {
        "without it": rh.ZeroOutput([COPY]),
        "decoding": rh.ZeroOutput([COPY], scope="decoding"),
        "spread": rh.UniformAttention([COPY]),
    }
    return answer_logprobs(copier, CASE, changes, guesses=3)


def test_as_it_is_they_are_those_of_a_plain_run(copier, told):
    plain = answer_logits(copier, CASE).float().cpu().log_softmax(dim=-1)
    assert torch.allclose(told.logprobs[0], plain[range(3), NEEDLE], atol=1e-4)
    assert told.changes == ("as it is", "without it", "decoding", "spread")


def test_changed_they_are_those_of_the_changed_model(copier, told):
    with rh.ZeroOutput([COPY]).on(copier, CASE):
        without = answer_logits(copier, CASE).float().cpu().log_softmax(dim=-1)
    assert torch.allclose(told.logprobs[1], without[range(3), NEEDLE], atol=1e-4)
    assert torch.allclose(told.logprobs[2], without[range(3), NEEDLE], atol=1e-4)
    assert bool((told.logprobs[1] < told.logprobs[0] - 1).all())


def test_the_rank_counts_the_likelier_tokens(copier, told):
    with rh.UniformAttention([COPY]).on(copier, CASE):
        spread = answer_logits(copier, CASE).float().cpu()
    likelier = spread > spread[range(3), NEEDLE][:, None]
    assert told.ranks[0].tolist() == [0, 0, 0]
    assert told.ranks[3].tolist() == likelier.sum(dim=1).tolist()
    assert bool((told.ranks[3] > 0).any())


def test_the_guesses_begin_with_the_likeliest(told):
    assert [guess[0] for guess in told.guesses[0]] == [f" {token}" for token in NEEDLE]
    assert told.guess_logprobs[0, :, 0].tolist() == told.logprobs[0].tolist()
    assert bool((told.guess_logprobs.diff(dim=-1) <= 0).all())
    assert told.told == (" 1", " 2", " 3", " 4")


def test_the_table_has_a_row_for_each_change_and_token(told):
    frame = told.frame()
    assert len(frame) == 4 * len(NEEDLE)
    assert frame["token"][:3].tolist() == [" 2", " 3", " 4"]
    assert "without it" in repr(told)


def test_a_change_that_changes_nothing_is_an_error(copier):
    with pytest.raises(rh.Unchanged):
        answer_logprobs(copier, CASE, {"idle": rh.ZeroOutput([IDLE])})


@pytest.mark.parametrize("changes", [{}, {"as it is": rh.ZeroOutput([COPY])}])
def test_changes_need_names_of_their_own(copier, changes):
    with pytest.raises(ValueError, match="asked anyway"):
        answer_logprobs(copier, CASE, changes)


def test_at_least_one_guess_is_kept(copier):
    with pytest.raises(ValueError, match="guesses is 0"):
        answer_logprobs(copier, CASE, {"without": rh.ZeroOutput([COPY])}, guesses=0)
