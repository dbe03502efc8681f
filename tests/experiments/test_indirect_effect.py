"""What a head carries into a prompt without the needle: on circuits where that is known."""

import pytest
import torch
from conftest import KINDS
from interventions.circuits import (
    CASE,
    COPY,
    NEEDLE,
    OTHER_ANSWER,
    OTHER_CUE,
    PREVIOUS,
    copying,
    inducing,
    pair_with,
)

import rh_lens as rh
from rh_lens.cases.pair import Pair
from rh_lens.experiments.indirect_effect import causal_retrieval_effect, function_vector_effect
from rh_lens.metrics import accuracy, answer_logprob, logit_difference

METRICS = [answer_logprob, logit_difference]


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


@pytest.fixture(scope="module")
def swapped(hide):
    """The answer of a bundled needle, and that of another in its place."""
    one, two = hide("date", lengths=(200,))[:2]
    tokens = one.tokens.clone()
    shared = min(len(one.needle), len(two.needle))
    tokens[one.needle.start : one.needle.start + shared] = two.answer[:shared]
    return Pair(one, rh.Case(tokens, one.answer, one.needle))


@pytest.mark.parametrize("metric", METRICS)
def test_other_answers_reveal_only_the_head_that_carries_the_answer(inducer, metric):
    effect = causal_retrieval_effect(inducer, [OTHER_ANSWER], metric=metric)
    assert effect.above(1e-4) == [COPY]
    assert effect[PREVIOUS] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("metric", METRICS)
def test_other_cues_reveal_also_the_head_that_says_where(inducer, metric):
    effect = causal_retrieval_effect(inducer, [OTHER_CUE], metric=metric)
    assert sorted(effect.above(1e-4)) == [PREVIOUS, COPY]


def test_a_head_that_copies_without_a_cue_is_not_fed_by_any(copier):
    effect = causal_retrieval_effect(copier, [OTHER_ANSWER, OTHER_CUE])
    assert effect.values[0][COPY] > 3
    assert effect.values[1].abs().max() < 1e-4  # that prompt still holds the answer
    assert effect.above(1e-4) == [COPY]


def test_an_only_carrier_brings_the_whole_answer_back(copier):
    effect = causal_retrieval_effect(copier, [OTHER_ANSWER])
    clean, corrupt = (effect.labels[0][name] for name in ("clean", "corrupt"))
    assert clean == pytest.approx(answer_logprob(copier, CASE))
    assert effect[COPY] == pytest.approx(clean - corrupt, abs=1e-4)


def test_the_bundled_model_carries_the_answer_in_its_retrieval_heads(organism, swapped, retrieving):
    effect = causal_retrieval_effect(organism, [swapped])
    assert set(effect.top(2)) <= set(retrieving)


def test_every_class_gives_the_same_effects(swapped, retrieving):
    heads = [rh.Head(1, 6), *retrieving]
    effects = [
        causal_retrieval_effect(rh.load(kind=kind), [swapped], heads=heads).values for kind in KINDS
    ]
    assert all(torch.allclose(each, effects[0], atol=1e-4, equal_nan=True) for each in effects)


def test_a_metric_that_generates_is_refused(copier):
    with pytest.raises(ValueError, match="does not generate"):
        causal_retrieval_effect(copier, [OTHER_ANSWER], metric=accuracy)


def test_a_run_with_a_journal_asks_once(copier, tmp_path):
    asked = []

    def counting(model, case):
        asked.append(case)
        return answer_logprob(model, case)

    counting.__qualname__ = "counting"
    first, again = (
        causal_retrieval_effect(
            copier, [OTHER_ANSWER], metric=counting, heads=[COPY], journal=rh.Journal(tmp_path)
        )
        for _ in range(2)
    )
    assert len(asked) == 3  # clean, corrupt, patched
    assert first[COPY] == again[COPY]


def test_a_mean_of_clean_outputs_makes_a_corrupt_prompt_do_the_task(copier):
    """COPY carries the first token of the answer at the last position, where it is wanted."""
    shorter = rh.Case(CASE.tokens[2:], CASE.answer, range(0))
    effect = function_vector_effect(copier, [CASE, shorter], [OTHER_ANSWER.corrupt])
    assert effect.above(1e-3) == [COPY]
    assert effect.labels[0]["before"] < 0.2
    assert effect[COPY] == pytest.approx(1 - effect.labels[0]["before"], abs=0.01)


def test_a_function_vector_acts_at_the_last_position_only(inducer):
    """PREVIOUS is needed at the needle, not at the end, so its mean there does nothing."""
    effect = function_vector_effect(inducer, [CASE], [OTHER_CUE.corrupt])
    assert effect.above(1e-3) == [COPY]


def test_a_function_vector_needs_prompts_that_show_the_task(copier):
    with pytest.raises(ValueError, match="shows the task"):
        function_vector_effect(copier, [], [CASE])


def test_a_pair_must_align_token_for_token():
    with pytest.raises(ValueError, match="align token for token, got 12 and 11 tokens"):
        Pair(CASE, rh.Case(CASE.tokens[:-1], CASE.answer, CASE.needle))


def test_a_pair_of_one_prompt_is_refused():
    with pytest.raises(ValueError, match="the same prompt twice"):
        Pair(CASE, CASE)


def test_a_pair_asks_for_one_answer():
    tokens = OTHER_ANSWER.corrupt.tokens
    with pytest.raises(ValueError, match=r"the same answer, got \[2, 3, 4\] and \[4, 3, 2\]"):
        Pair(CASE, rh.Case(tokens, torch.tensor(NEEDLE).flip(0), CASE.needle))


def test_another_corruption_is_another_pair():
    assert OTHER_ANSWER.digest != OTHER_CUE.digest
    assert pair_with({1: 15}).digest == pair_with({1: 15}).digest
