"""One set of replies, every definition."""

import pytest
import torch

import rh_lens as rh
from rh_lens.experiments.sensitivity import Definition, Sensitivity, jaccard
from rh_lens.model.context import Context

HEADS = {name: rh.Head(0, i) for i, name in enumerate("abcd")}


def scores(*values):
    return rh.HeadScores("retrieval score", torch.tensor([[list(values)]]), ({"found": True},))


def test_the_knob_that_alone_changes_the_heads_is_named_first():
    by_definition = {
        Definition(): scores(1.0, 0.9, 0.0, 0.0),
        Definition(counting="set"): scores(0.9, 1.0, 0.0, 0.0),
        Definition(pairing="same_step"): scores(0.0, 0.0, 1.0, 0.9),
        Definition(pairing="same_step", counting="set"): scores(0.0, 0.9, 1.0, 0.0),
    }
    found = Sensitivity(by_definition)
    knobs = found.knobs(2)
    assert knobs.to_dict() == {"pairing": pytest.approx(5 / 6), "counting": pytest.approx(1 / 3)}
    assert list(knobs.index) == ["pairing", "counting"]
    table = found.frame(2).set_index(["pairing", "counting"])
    row = table.loc["same_step", "positions"]
    assert (row["enter"], row["leave"], row["jaccard"]) == ("L0H2 L0H3", "L0H0 L0H1", 0)
    assert table.loc["next_step", "set"]["jaccard"] == 1


def test_heads_that_score_nothing_are_nobodys_top():
    assert Sensitivity({Definition(): scores(0.5, 0.0, 0.0, 0.0)}).top(3) == {
        Definition(): {HEADS["a"]}
    }
    assert jaccard(set(), set()) == 1


@pytest.fixture(scope="module")
def cases(tokenizer):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    return rh.niah(tokenizer, rh.needles()[16:19], rh.Haystack(), [256], [0.5], prompt=prompt)


def test_all_definitions_cost_one_answer_and_one_replay(organism, cases, monkeypatch):
    passes = []
    forward = Context.forward
    counting = lambda self, tokens, **way: passes.append(1) or forward(self, tokens, **way)  # noqa: E731
    monkeypatch.setattr(Context, "forward", counting)
    rh.score_heads(organism, cases, rh.RetrievalScore(pairing="same_step"))
    alone = len(passes)
    found = rh.sensitivity(organism, cases)
    assert len(found.scores) == 2 * 3 * 3 * 2
    assert len(passes) - alone <= alone


def test_each_definition_gives_what_score_heads_gives_under_it(organism, cases):
    found = rh.sensitivity(organism, cases)
    for options in ({}, {"counting": "steps"}, {"keys": "haystack"}, {"pairing": "same_step"}):
        alone = rh.score_heads(organism, cases, rh.RetrievalScore(**options))
        together = found.scores[Definition(**options)]
        torch.testing.assert_close(together.values, alone.values, equal_nan=True)


def test_over_the_fact_more_is_asked_of_a_head_than_over_the_answer(organism, cases):
    found = rh.sensitivity(organism, cases)
    answer, fact = (found.scores[Definition(span=span)] for span in ("needle", "fact"))
    best = answer.top(1)[0]
    assert answer[best] > 0.9
    assert 0 < fact[best] < answer[best]


def test_a_looser_gate_lets_more_cases_count(organism, cases):
    broken = [
        rh.Case(
            case.tokens,
            torch.cat([case.answer, case.answer[:1]]),
            case.needle,
            case.labels,
            case.spans,
        )
        for case in cases
    ]  # nobody says the answer and then its beginning again
    gates = (rh.ExactMatch(), rh.Rouge1Recall())
    found = rh.sensitivity(
        organism, broken, gates=gates, answering=rh.Greedy(max_new_tokens=len(cases[0].answer))
    )
    passed = found.frame(5).groupby("gate")["cases"].first()
    assert passed[repr(gates[0])] < passed[repr(gates[1])]


def test_nothing_to_vary_is_refused(organism, cases):
    with pytest.raises(ValueError, match="at least one case, one gate and one span"):
        rh.sensitivity(organism, cases, gates=())
