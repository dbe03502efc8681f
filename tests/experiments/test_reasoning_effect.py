"""What heads are worth where a sum can be copied, and where it cannot."""

import math
from dataclasses import dataclass

import pandas as pd
import pytest
import torch
from interventions.circuits import BUSY, CASE, COPY, CUE, NEEDLE, copying

import rh_lens as rh
from rh_lens.cases.reasoning import reasoning
from rh_lens.experiments.reasoning_costs import ReasoningEffect
from rh_lens.experiments.reasoning_effect import reasoning_effect
from rh_lens.interventions.intervention import Unchanged

LOSSES = {
    ("direct", "none"): [(-3.0, False), (-1.0, True)],
    ("direct", "heads"): [(-3.5, False), (-1.5, True)],
    ("direct", "control 1"): [(-3.0, False), (-2.0, False)],
    ("direct", "control 2"): [(-4.0, False), (-1.0, True)],
    ("steps", "none"): [(-0.5, True), (-0.5, True)],
    ("steps", "heads"): [(-4.5, False), (-2.5, True)],
    ("steps", "control 1"): [(-0.5, True), (-0.5, True)],
    ("steps", "control 2"): [(-0.5, True), (-1.5, True)],
}  # of the sums a and b
BY_HAND = ReasoningEffect(
    pd.DataFrame(
        {"needle": needle, "form": form, "heads": heads, "logprob": logprob, "found": found}
        for (form, heads), both in LOSSES.items()
        for needle, (logprob, found) in zip("ab", both, strict=True)
    )
)


def rows_of(found):
    return found.frame().set_index(["measure", "form", "heads"]).sort_index()


def test_a_cost_is_before_less_after_and_its_excess_that_over_the_mean_control():
    costs = rows_of(BY_HAND)["cost"]
    assert costs["logprob", "direct"].to_dict() == {
        "heads": 0.5, "control 1": 0.5, "control 2": 0.5, "heads less controls": 0.0,
    }  # fmt: skip
    assert costs["logprob", "steps"].to_dict() == {
        "heads": 3.0, "control 1": 0.0, "control 2": 0.5, "heads less controls": 2.75,
    }  # fmt: skip
    assert costs["accuracy", "steps", "heads"] == 0.5
    assert costs["accuracy", "direct", "control 1"] == 0.5


def test_what_steps_are_worth_is_a_difference_sum_by_sum():
    """Of sum a 4 - 0.5, of sum b 2 - 0.5: drawn in pairs."""
    worth = rows_of(BY_HAND).loc["logprob", "steps less direct", "heads"]
    assert worth["cost"] == 2.5
    assert (worth["low"], worth["high"]) == (1.5, 3.5)
    assert worth["sums"] == 2


def test_the_unchanged_model_is_told_form_by_form():
    before = BY_HAND.before()
    assert before.loc["direct"].to_dict() == {"logprob": -2.0, "accuracy": 0.5, "cases": 2}
    assert before.loc["steps"].to_dict() == {"logprob": -0.5, "accuracy": 1.0, "cases": 2}


def test_one_sum_gives_no_interval():
    alone = ReasoningEffect(BY_HAND.answers[BY_HAND.answers["needle"] == "a"])
    found = rows_of(alone).loc["logprob", "steps", "heads"]
    assert (found["cost"], math.isnan(found["low"])) == (4.0, True)


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


def form(name, tokens, needle):
    return rh.Case(tokens, CASE.answer, needle, {"form": name, "needle": "sum"})


SHOWN = form("steps", CASE.tokens, CASE.needle)
WITHOUT = torch.tensor([0, 9, 12, 8, 15, 15, 14, 11, CUE])
DIRECT = form("direct", WITHOUT, range(0))


def test_losing_the_head_that_copies_costs_only_where_the_answer_is_shown(copier):
    found = reasoning_effect(
        copier, [DIRECT, SHOWN], [COPY], ablation=rh.ZeroOutput, controls=[[BUSY]]
    )
    assert found.before()["accuracy"].to_dict() == {"direct": 0, "steps": 1}
    costs = rows_of(found)["cost"]
    assert (
        costs["accuracy", "steps", "heads"] == costs["accuracy", "steps less direct", "heads"] == 1
    )
    assert costs["accuracy", "steps", "control 1"] == 0
    assert costs["logprob", "steps", "heads"] > 1
    assert costs["logprob", "direct", "heads"] < 0.1
    said = found.answers.set_index(["form", "heads"])["said"]
    assert said["steps", "none"] == " ".join(map(str, NEEDLE)) == said["steps", "control 1"]


def test_by_default_heads_are_blind_while_decoding_only(copier):
    found = reasoning_effect(copier, [DIRECT, SHOWN], [COPY])
    assert "UniformAttention" in found.provenance["ablation"]
    assert "scope='decoding'" in found.provenance["ablation"]
    assert rows_of(found)["cost"]["accuracy", "steps", "heads"] == 1
    assert "heads less controls" not in rows_of(found).index.get_level_values("heads")


@pytest.fixture(scope="module")
def sums(tokenizer):
    return reasoning(tokenizer, steps=[1], count=6, people=1, examples=0)


def test_the_bundled_model_needs_its_retrieval_heads_to_copy_and_not_to_guess(
    organism, sums, retrieving
):
    """It cannot add, so all it can lose is what stands in the steps."""
    others = rh.matched_heads(rh.all_heads(4, 8), retrieving, seed=0)
    found = reasoning_effect(
        organism, sums, retrieving, controls=[others], answering=rh.Greedy(max_new_tokens=2)
    )
    costs = rows_of(found).loc["logprob"]
    assert costs.loc[("steps less direct", "heads less controls"), "low"] > 0
    assert costs.loc[("steps", "heads"), "low"] > costs.loc[("steps", "control 1"), "high"]
    assert found.before().loc["steps", "logprob"] > found.before().loc["direct", "logprob"]
    assert str(retrieving[0]) in repr(found)


ASKED = []


@dataclass(frozen=True)
class Counting(rh.Greedy):
    """Answers as Greedy does, and is counted."""

    def __call__(self, model, case, *rest):
        ASKED.append(case.digest)
        return rh.Greedy()(model, case, *rest)


def test_finished_answers_are_not_asked_again(copier, tmp_path):
    ASKED.clear()
    for cases in ([DIRECT, SHOWN], [DIRECT, SHOWN]):
        found = reasoning_effect(
            copier, cases, [COPY], answering=Counting(), journal=rh.Journal(tmp_path)
        )
        assert len(ASKED) == 4
    assert rows_of(found)["cost"]["accuracy", "steps", "heads"] == 1


def test_both_forms_are_needed(copier):
    for cases in ([SHOWN], [DIRECT], [CASE, SHOWN], []):
        with pytest.raises(ValueError, match="give both forms of each sum"):
            reasoning_effect(copier, cases, [COPY])


def test_a_control_holds_none_of_the_heads(copier):
    with pytest.raises(ValueError, match=r"control 2 holds \[L1H1\]"):
        reasoning_effect(copier, [DIRECT, SHOWN], [COPY], controls=[[BUSY], [COPY, BUSY]])


def test_an_ablation_that_changes_nothing_is_no_result(copier):
    with pytest.raises(Unchanged, match="changed nothing in any of 2 cases"):
        reasoning_effect(copier, [DIRECT, SHOWN], [rh.Head(0, 1)], ablation=rh.ZeroOutput)
