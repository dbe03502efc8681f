"""What losing a head costs: on planted circuits, on the bundled model, and in every class."""

from functools import partial

import pytest
import torch
from conftest import KINDS
from interventions.circuits import BUSY, CASE, COPY, IDLE, PREVIOUS, copying, inducing

import rh_lens as rh
from rh_lens.experiments.ablation_effect import ablation_effect, answer_kl
from rh_lens.interventions.mean_output import MeanOutput, mean_output
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.metrics import accuracy, answer_logits, answer_logprob

EARLY, LATE = rh.Head(1, 6), rh.Head(2, 2)  # two heads of the bundled model


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


@pytest.fixture(scope="module")
def short(hide):
    return hide("date", lengths=(200,))[:2]


def test_losing_the_copying_head_costs_the_answer_and_losing_others_costs_nothing(copier):
    costs = ablation_effect(copier, [CASE], metric=accuracy)
    assert costs[COPY] == 1
    assert costs.mean.count_nonzero() == 1


def test_only_the_copying_head_has_a_cost_in_log_probability(copier):
    costs = ablation_effect(copier, [CASE])
    assert costs[COPY] > 2
    others = costs.mean.clone()
    others[COPY] = 0
    assert others.max() <= 0  # BUSY takes up room in the stream: without it the answer is clearer
    assert others.min() > -0.01


def test_losing_the_head_that_feeds_the_copying_head_costs_as_well(inducer):
    costs = ablation_effect(inducer, [CASE])
    assert costs.above(0.1) == [PREVIOUS, COPY]


def test_a_head_that_writes_nothing_costs_exactly_nothing_and_is_counted(copier):
    costs = ablation_effect(copier, [CASE], heads=[IDLE, BUSY])
    assert costs[IDLE] == 0
    assert costs.labels[0]["idle"] == 1


def test_the_copying_heads_are_the_costliest_once_the_information_is_there(
    organism, short, retrieving
):
    """The last layer is where it is copied; what is before only says where."""
    layer = retrieving[0].layer
    later = [head for head in rh.all_heads(4, 8) if head.layer >= layer]
    costs = ablation_effect(organism, short, heads=later)
    assert costs.top(1)[0] in retrieving


def test_the_mean_in_place_of_a_head_costs_too(organism, short, retrieving):
    mean = mean_output(organism, short)
    ablation = partial(MeanOutput, mean=mean)
    layer = retrieving[0].layer
    others = [head for head in rh.all_heads(4, 8) if head.layer == layer and head not in retrieving]
    costs = ablation_effect(organism, short, ablation=ablation, heads=[*retrieving, others[0]])
    assert costs.top(1)[0] in retrieving
    assert "MeanOutput" in costs.provenance["scorer"]


def test_every_class_gives_the_same_costs(short):
    heads = [EARLY, LATE, rh.Head(0, 0), rh.Head(3, 7)]
    costs = [ablation_effect(rh.load(kind=kind), short, heads=heads).values for kind in KINDS]
    assert all(torch.allclose(cost, costs[0], atol=1e-4, equal_nan=True) for cost in costs)


def test_a_cost_is_the_metric_before_less_the_metric_after(organisms, short):
    costs = ablation_effect(organisms, short, heads=[EARLY])
    for row, labels, case in zip(costs.values, costs.labels, short, strict=True):
        before = answer_logprob(organisms, case)
        with ZeroOutput([EARLY]).on(organisms):
            after = answer_logprob(organisms, case)
        assert row[EARLY].item() == pytest.approx(before - after, abs=1e-6)
        assert labels["before"] == before
        assert labels["needle"] == case.labels["needle"]


def test_a_sum_of_which_only_a_part_is_idle_is_no_cost_of_nothing(copier):
    """The effect is not 0: the other part changed the model."""

    def with_copier(heads):
        return ZeroOutput(heads) + ZeroOutput([COPY])

    with pytest.raises(RuntimeError, match=r"L0H1.*changed nothing"):
        ablation_effect(copier, [CASE], ablation=with_copier, heads=[IDLE])


def test_costs_survive_a_file(organism, short, tmp_path):
    costs = ablation_effect(organism, short[:1], heads=[EARLY, LATE])
    costs.save(tmp_path / "costs.safetensors")
    loaded = rh.HeadScores.load(tmp_path / "costs.safetensors")
    assert loaded.top(2) == costs.top(2)
    assert (loaded.labels, loaded.provenance) == (costs.labels, costs.provenance)


def test_a_head_not_asked_for_is_not_measured(organism, short):
    costs = ablation_effect(organism, short[:1], heads=[EARLY])
    assert costs.ranking() == [EARLY]
    assert costs.values.isnan().sum() == 31


def test_a_head_that_does_not_exist_is_named(organism, short):
    with pytest.raises(ValueError, match=r"L4H0"):
        ablation_effect(organism, short, heads=[rh.Head(4, 0)])


@pytest.mark.parametrize("effect", [ablation_effect, answer_kl])
def test_no_cases_are_refused(organism, effect):
    with pytest.raises(ValueError, match="no cases"):
        effect(organism, [])


def test_the_model_is_left_as_it_was(organisms, short):
    before = answer_logits(organisms, short[0])
    ablation_effect(organisms, short[:1], heads=[EARLY, LATE])
    assert torch.equal(answer_logits(organisms, short[0]), before)


def test_a_run_goes_on_where_it_was_stopped(organism, short, tmp_path):
    asked = []

    def stopping(model, case):
        asked.append(case.digest)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return answer_logprob(model, case)

    stopping.__qualname__ = "stopping"
    run = partial(ablation_effect, organism, short, metric=stopping, heads=[EARLY, LATE])
    with pytest.raises(KeyboardInterrupt):
        run(journal=rh.Journal(tmp_path))
    resumed = run(journal=rh.Journal(tmp_path))
    assert asked[4:] == [short[1].digest] * 3
    again = run(journal=rh.Journal(tmp_path))
    assert len(asked) == 7
    assert torch.equal(again.values[:, [1, 2], [6, 2]], resumed.values[:, [1, 2], [6, 2]])
    assert again.labels == resumed.labels


def test_a_journal_refuses_a_metric_without_a_name(organism, short, tmp_path):
    with pytest.raises(ValueError, match="cannot tell"):
        ablation_effect(
            organism,
            short[:1],
            metric=lambda model, case: answer_logprob(model, case),
            heads=[EARLY, LATE],
            journal=rh.Journal(tmp_path),
        )


def test_nothing_is_printed_where_nobody_looks(organism, short, capfd):
    ablation_effect(organism, short[:1], heads=[EARLY, LATE])
    assert capfd.readouterr() == ("", "")


def test_answer_kl_is_the_divergence_at_the_answers_rows(organisms, short, retrieving):
    """By hand: sum_v p ln(p / q), row by row, from two plain forward passes."""
    case = short[0]
    told = torch.cat([case.tokens, case.answer])[None]
    with torch.no_grad():
        p = organisms(told)[0].double().softmax(dim=-1)
        with ZeroOutput([retrieving[0]]).on(organisms):
            q = organisms(told)[0].double().softmax(dim=-1)
    rows = range(len(case) - 1, len(case) + len(case.answer) - 1)
    by_hand = [(p[row] * (p[row] / q[row]).log()).sum().item() for row in rows]
    got = answer_kl(organisms, [case], heads=[retrieving[0]])
    assert got[retrieving[0]] == pytest.approx(sum(by_hand) / len(by_hand), rel=1e-4)


def test_a_head_that_makes_the_answer_clearer_when_lost_still_has_a_divergence(copier):
    assert ablation_effect(copier, [CASE])[BUSY] < 0
    assert answer_kl(copier, [CASE])[BUSY] > 0
