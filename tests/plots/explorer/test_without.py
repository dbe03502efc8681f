"""The answer before and after an ablation, as the explorer shows it."""

from functools import partial

import pytest
import torch
from interventions.circuits import CASE, COPY, IDLE, PREVIOUS, inducing

import rh_lens as rh
from rh_lens.plots.explorer.without import asked, control

DECODING = partial(rh.UniformAttention, scope="decoding")


@pytest.fixture(scope="module")
def before(copier):
    return rh.Greedy()(copier, CASE)


def test_as_it_is_the_model_says_the_needle_and_is_sure(copier, before):
    outcome = asked(copier, before, rh.Greedy(), None)
    assert outcome.reply is before
    assert min(outcome.sure) > 0.99


def test_without_the_head_that_copies_the_answer_is_lost(copier, before):
    outcome = asked(copier, before, rh.Greedy(), DECODING([COPY]))
    assert not outcome.reply.found
    assert max(outcome.sure) < 0.5


def test_without_another_head_the_answer_stays(copier, before):
    outcome = asked(copier, before, rh.Greedy(), DECODING([PREVIOUS]))
    assert outcome.reply.found
    assert not outcome.idle


def test_a_change_that_changes_nothing_is_told(copier, before):
    outcome = asked(copier, before, rh.Greedy(), rh.ZeroOutput([IDLE]))
    assert outcome.idle
    assert outcome.reply.tokens.tolist() == before.tokens.tolist()


def test_the_model_is_left_as_it_was(copier, before):
    asked(copier, before, rh.Greedy(), rh.ZeroOutput([COPY]))
    assert rh.Greedy()(copier, CASE).tokens.tolist() == before.tokens.tolist()


def test_a_change_that_acts_on_the_prompt_has_the_prompt_read_again(kind, tmp_path):
    """An induction head needs what another wrote while the prompt was read."""
    model = inducing(kind, tmp_path)
    before = rh.Greedy()(model, CASE)
    assert before.found
    prompt_only = rh.ZeroOutput([PREVIOUS], scope="prompt")
    assert not asked(model, before, rh.Greedy(), prompt_only).reply.found
    assert not asked(model, before, rh.Greedy(), rh.ZeroOutput([PREVIOUS])).reply.found


def test_what_was_read_once_gives_the_same_answer_as_reading_again(organisms):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needle = next(needle for needle in rh.needles() if needle.kind == "date")
    (case,) = rh.niah(organisms.tokenizer, [needle], rh.Haystack(), [256], [0.5], prompt=prompt)
    few = rh.Greedy(max_new_tokens=8)
    change = DECODING([rh.Head(2, 2), rh.Head(2, 4)])
    outcome = asked(organisms, few(organisms, case), few, change)
    with change.on(organisms, case):
        fresh = few(organisms, case)
        logprob = rh.answer_logprob(organisms, case)
    assert outcome.reply.tokens.tolist() == fresh.tokens.tolist()
    mean = torch.tensor(outcome.sure).log().mean().item()
    assert mean == pytest.approx(logprob, abs=1e-3)


def test_a_control_is_as_many_other_heads_of_the_same_layers(copier):
    heads = [PREVIOUS, COPY]
    drawn = control(copier, heads, seed=0)
    assert [head.layer for head in drawn] == [0, 1]
    assert not set(drawn) & set(heads)
    assert {tuple(control(copier, heads, seed=seed)) for seed in range(8)} != {tuple(drawn)}


def test_where_a_layer_has_too_few_other_heads_there_is_no_control(copier):
    assert control(copier, rh.all_heads(1, copier.cfg.n_heads), seed=0) == []
