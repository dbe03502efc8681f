"""Metrics against a plain forward pass of the same weights, without TransformerLens."""

from importlib.resources import files

import pytest
import torch
from transformers import AutoModelForCausalLM

import rh_lens as rh
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.metrics import accuracy, answer_logprob, logit_difference

ORGANISM = str(files("rh_lens") / "organism")
TOKENS = torch.randint(10, 2000, (40,), generator=torch.Generator().manual_seed(0))
CASE = rh.Case(TOKENS[:36], TOKENS[36:], range(0), rival=torch.tensor([7, 8, 9, 6]))
METRICS = [answer_logprob, logit_difference]


@pytest.fixture(scope="module")
def plain():
    """Logits of all of TOKENS."""
    model = AutoModelForCausalLM.from_pretrained(
        ORGANISM, dtype=torch.float32, local_files_only=True
    )
    with torch.no_grad():
        return model.eval()(TOKENS[None]).logits[0]


def test_answer_logprob_is_the_mean_over_the_answers_tokens(organisms, plain):
    logprobs = plain.log_softmax(dim=-1)
    by_hand = sum(logprobs[35 + i, TOKENS[36 + i]].item() for i in range(4)) / 4
    assert answer_logprob(organisms, CASE) == pytest.approx(by_hand, abs=1e-4)


def test_logit_difference_is_of_the_first_tokens(organisms, plain):
    by_hand = (plain[35, TOKENS[36]] - plain[35, 7]).item()
    assert logit_difference(organisms, CASE) == pytest.approx(by_hand, abs=1e-4)


def test_accuracy_is_whether_the_answer_is_said(organisms):
    said = rh.Greedy(max_new_tokens=3)(organisms, CASE).tokens
    assert accuracy(organisms, rh.Case(CASE.tokens, said, range(0))) == 1
    assert accuracy(organisms, rh.Case(CASE.tokens, said.flip(0) + 1, range(0))) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_metrics_see_an_active_intervention(organisms, metric):
    before = metric(organisms, CASE)
    with ZeroOutput([rh.Head(1, 6)]).on(organisms):
        assert abs(metric(organisms, CASE) - before) > 1e-3
    assert metric(organisms, CASE) == before


def test_a_logit_difference_without_a_rival_is_refused(organisms):
    with pytest.raises(ValueError, match="rival"):
        logit_difference(organisms, rh.Case(CASE.tokens, CASE.answer, range(0)))


def test_a_rival_that_begins_like_the_answer_is_refused(organisms):
    with pytest.raises(ValueError, match="begins otherwise"):
        logit_difference(organisms, rh.Case(CASE.tokens, CASE.answer, range(0), rival=CASE.answer))


def test_a_case_without_an_answer_is_refused(organisms):
    with pytest.raises(ValueError, match="right answer"):
        answer_logprob(organisms, rh.Case(CASE.tokens, TOKENS[:0], range(0)))
