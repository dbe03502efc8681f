"""An ablation curve: what is lost with the first k heads of a ranking, and with their controls."""

from functools import partial

import pandas as pd
import pytest
import torch
from interventions.circuits import BUSY, CASE, COPY, IDLE, copying

import rh_lens as rh
from rh_lens.cases.plain_text import plain_text
from rh_lens.experiments import ask
from rh_lens.experiments.ablation import ablation_curve
from rh_lens.experiments.ablation_curve import AblationCurve
from rh_lens.interventions.intervention import Unchanged
from rh_lens.interventions.streaming import Streaming
from rh_lens.metrics import answer_logprob

BRIEF = rh.Greedy(max_new_tokens=16)


@pytest.fixture(scope="module")
def planted(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture(scope="module")
def scores(organisms, cases):
    return rh.score_heads(organisms, cases, rh.RetrievalScore())


@pytest.fixture(scope="module")
def cases(hide):
    return hide("date") + hide("name")


@pytest.fixture(scope="module")
def texts(tokenizer):
    return plain_text(tokenizer, rh.Haystack(), length=64, count=2)


@pytest.fixture(scope="module")
def curve(organisms, cases, scores, texts, retrieving):
    return ablation_curve(
        organisms, cases, scores, counts=[len(retrieving)], texts=texts, answering=BRIEF
    )


def accuracies(curve):
    return curve.frame().set_index(["heads", "count"])["mean"]


def test_losing_the_retrieval_heads_collapses_accuracy_and_losing_the_median_control_does_not(
    curve, scores, retrieving
):
    """The bundled model; as in the paper attention is uniform from the last prompt token on."""
    few = len(retrieving)
    rows = curve.frame()
    ranking = rows[~rows["control"]].set_index("count")["mean"]
    controls = rows[rows["control"] & (rows["count"] == few)]["mean"]
    assert set(scores.top(few)) == set(retrieving)
    assert ranking[0] > 0.8
    assert ranking[few] < 0.1
    assert len(controls) == 5
    assert controls.median() > 0.9 * ranking[0]


def test_losing_them_costs_the_answer_more_than_ordinary_text(curve, retrieving):
    few = len(retrieving)
    rows = curve.frame("logprob").query("not control").set_index("count")["mean"]
    losses = curve.frame("text loss").query("not control").set_index("count")["mean"]
    assert rows[0] - rows[few] > 4 * (losses[few] - losses[0]) > 0


def test_the_figures_are_those_of_each_case_asked_by_hand(
    organisms, cases, scores, curve, texts, retrieving
):
    few = len(retrieving)
    blind = rh.UniformAttention(tuple(scores.top(few)), scope="decoding")

    def said(model, case):
        return float(BRIEF(model, case).found)

    def by_hand(metric, asked):
        values = []
        for case in asked:
            with blind.on(organisms, case):
                values.append(metric(organisms, case))
        return sum(values) / len(values)

    after = {
        measure: curve.frame(measure).set_index(["heads", "count"])["mean"]["ranking", few]
        for measure in ("accuracy", "logprob", "text loss")
    }
    assert after["accuracy"] == by_hand(said, cases)
    assert after["logprob"] == pytest.approx(by_hand(answer_logprob, cases), abs=1e-4)
    assert after["text loss"] == pytest.approx(-by_hand(answer_logprob, texts), abs=1e-4)


def test_a_control_matches_layer_by_layer_and_holds_none_of_the_ranking(curve, scores, retrieving):
    top = scores.top(len(retrieving))
    for drawn in curve.provenance["controls"].values():
        assert [head[:2] for head in drawn] == [f"L{head.layer}" for head in top]
        assert not set(drawn) & {str(head) for head in top}
    assert len({tuple(drawn) for drawn in curve.provenance["controls"].values()}) > 1


@pytest.fixture
def prefills(monkeypatch):
    read, seen = ask.prefill, []

    def reading(model, case):
        seen.append(case.digest)
        return read(model, case)

    monkeypatch.setattr(ask, "prefill", reading)
    return seen


def test_while_decoding_a_prompt_is_read_once_for_all_ablations(organisms, cases, scores, prefills):
    ablation_curve(organisms, cases[:2], scores, counts=[1, 2], controls=2)
    assert prefills == [case.digest for case in cases[:2]]


def test_an_ablation_that_acts_in_the_prompt_has_it_read_anew(organisms, cases, scores, prefills):
    ablation_curve(organisms, cases[:1], scores, counts=[1, 2], controls=0, ablation=rh.ZeroOutput)
    assert len(prefills) == 3


def test_a_shared_prompt_gives_what_a_prompt_of_its_own_gives(
    organisms, cases, scores, prefills, monkeypatch
):
    def curve():
        return ablation_curve(organisms, cases[:1], scores, counts=[1], controls=1).answers

    shared = curve()
    monkeypatch.setattr(rh.Intervention, "spares_prompt", lambda change, case: False)
    own = curve()
    assert len(prefills) == 1 + 3
    assert (shared["logprob"] - own["logprob"]).abs().max() < 1e-3
    assert (shared["said"] == own["said"]).all()


def test_planted_the_copying_head_costs_every_answer_and_another_none(planted):
    curve = ablation_curve(
        planted, [CASE], [COPY], counts=[1], controls={"busy": [BUSY]}, ablation=rh.ZeroOutput
    )
    assert accuracies(curve).to_dict() == {
        ("ranking", 0): 1,
        ("ranking", 1): 0,
        ("busy", 0): 1,
        ("busy", 1): 1,
    }


def test_the_heads_of_a_ranking_are_lost_in_its_order(planted):
    order = ablation_curve(
        planted, [CASE], [BUSY, COPY], counts=[2, 1], controls=0, ablation=rh.ZeroOutput
    )
    assert accuracies(order).tolist() == [1, 1, 0]


def test_an_ablation_that_makes_no_difference_is_an_error(planted):
    with pytest.raises(Unchanged, match="changed nothing in any of 1 cases"):
        ablation_curve(planted, [CASE], [IDLE], counts=[1], controls=0, ablation=rh.ZeroOutput)


def test_a_case_in_which_it_makes_no_difference_counts_as_it_was_and_says_so(organisms, hide):
    """Within a short sight nothing is hidden, beyond it something is."""
    cases = [*hide("date", lengths=[128])[:1], *hide("date", lengths=[256])[:1]]
    sight = partial(Streaming, sinks=4, recent=150)
    curve = ablation_curve(
        organisms, cases, [rh.Head(2, 2)], counts=[1], controls=0, ablation=sight
    )
    rows = curve.answers.set_index(["heads", "length"])
    assert rows["idle"].to_dict() == {
        ("none", 128): False,
        ("none", 256): False,
        ("ranking", 128): True,
        ("ranking", 256): False,
    }
    assert rows.loc[("ranking", 128), "logprob"] == pytest.approx(
        rows.loc[("none", 128), "logprob"], abs=1e-4
    )


def test_a_model_that_answers_nothing_has_nothing_to_lose(organisms, unanswered):
    with pytest.raises(rh.NothingScored, match="nothing to lose by an ablation"):
        ablation_curve(
            organisms, unanswered, [rh.Head(2, 2)], counts=[1], controls=0, answering=BRIEF
        )


def test_a_run_that_was_stopped_goes_on_where_it_was(
    organisms, cases, scores, prefills, tmp_path, monkeypatch
):
    def run():
        journal = rh.Journal(tmp_path / "run")
        return ablation_curve(organisms, cases[:3], scores, counts=[1], controls=1, journal=journal)

    first = run()
    assert len(prefills) == 3
    again = run()
    assert len(prefills) == 3
    pd.testing.assert_frame_equal(first.answers, again.answers)


BAD = {
    "no heads to lose": ({"counts": [0]}, "above 0"),
    "more heads than ranked": ({"counts": [3]}, "3 heads cannot be ablated of a ranking of 2"),
    "a negative count": ({"counts": [-1, 1]}, "above 0"),
    "a control that holds what it controls for": (
        {"counts": [2], "controls": {"mine": [IDLE, COPY]}},
        "L1H1.*control for",
    ),
    "a control that is too short": ({"counts": [2], "controls": {"mine": [IDLE]}}, "has 1 heads"),
    "a control that repeats itself": (
        {"counts": [2], "controls": {"mine": [IDLE, IDLE]}},
        "each once",
    ),
    "a control with the ranking's name": (
        {"counts": [1], "controls": {"ranking": [IDLE]}},
        "another name",
    ),
    "fewer than no controls": ({"counts": [1], "controls": -1}, "0 or more"),
    "a head that is not there": ({"counts": [1], "heads": [rh.Head(9, 0)]}, "L9H0"),
    "a head twice": ({"counts": [1], "heads": [COPY, COPY]}, "twice"),
    "no cases": ({"counts": [1], "cases": []}, "no cases"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(planted, case):
    arguments, message = BAD[case]
    asked = {"cases": [CASE], "heads": [BUSY, COPY], "controls": 0, **arguments}
    with pytest.raises(ValueError, match=message):
        ablation_curve(planted, asked.pop("cases"), asked.pop("heads"), **asked)


def invented(found):
    """A curve of six cases of three needles, from what was found by ranking and count."""
    rows = [
        {
            "heads": heads,
            "control": heads == "control",
            "count": count,
            "digest": str(case),
            "needle": str(case // 2),
            "length": 128,
            "depth": 0.5 * (case % 2),
            "found": bool(hit),
            "said": "",
            "logprob": -1.0 - case,
            "idle": False,
        }
        for (heads, count), hits in found.items()
        for case, hit in enumerate(hits)
    ]
    return AblationCurve(pd.DataFrame(rows), pd.DataFrame(), {"model": {}})


@pytest.fixture
def by_hand():
    return invented(
        {
            ("none", 0): [1, 1, 1, 1, 1, 0],
            ("ranking", 4): [0, 0, 0, 0, 0, 1],
            ("control", 4): [1, 1, 1, 1, 1, 0],
        }
    )


def test_mcnemar_weighs_lost_answers_against_gained_ones(by_hand):
    """Five lost, one gained: p = 2 (C(6,0) + C(6,1)) / 2^6 = 14 / 64."""
    rows = by_hand.mcnemar().set_index("heads")
    assert rows.loc["ranking", ["lost", "gained"]].tolist() == [5, 1]
    assert rows.loc["ranking", "p"] == pytest.approx(14 / 64)
    assert rows.loc["control", ["lost", "gained", "p"]].tolist() == [0, 0, 1]


def test_the_grid_shows_each_place_before_and_after(by_hand):
    grid = by_hand.grid(4).set_index("depth")
    assert grid["before"].tolist() == pytest.approx([1, 2 / 3])
    assert grid["after"].tolist() == pytest.approx([0, 1 / 3])
    assert grid["cases"].tolist() == [3, 3]
    assert by_hand.grid(4, "control")["after"].tolist() == by_hand.grid(4)["before"].tolist()


def test_an_interval_is_over_needles_not_over_cases(by_hand):
    """Needles found at rates 1, 1, 1/2 before: the mean of three draws of them is 1/2 to 1."""
    before = by_hand.frame().query("heads == 'ranking' and count == 0").iloc[0]
    assert before["mean"] == pytest.approx(5 / 6)
    assert before["high"] == 1
    assert before["low"] == pytest.approx(4 / 6, abs=0.18)


def test_one_needle_gives_no_interval():
    single = invented({("none", 0): [1, 1], ("ranking", 1): [1, 0]})
    assert single.frame()[["low", "high"]].isna().all(axis=None)


def test_every_ranking_begins_with_the_whole_model(by_hand):
    rows = by_hand.frame("logprob")
    assert rows.query("count == 0")["mean"].tolist() == [-3.5, -3.5]
    assert rows["heads"].tolist() == ["ranking", "ranking", "control", "control"]


def test_a_grid_of_what_was_not_measured_is_refused(by_hand):
    with pytest.raises(ValueError, match=r"the counts \[0, 4\]"):
        by_hand.grid(3)


def test_a_loss_that_was_not_measured_is_refused(by_hand):
    with pytest.raises(ValueError, match="plain_text"):
        by_hand.frame("text loss")


def test_the_table_says_what_was_done(curve):
    told = repr(curve)
    assert "UniformAttention" in told
    assert "scope='decoding'" in told
    assert f"{curve.answers['digest'].nunique()} cases of" in told
    assert "median control" in told
    assert "text loss" in told
    assert torch.__version__ == curve.provenance["versions"]["torch"]
