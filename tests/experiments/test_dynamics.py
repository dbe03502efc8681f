"""Which heads are at work when, on planted heads of which that is known."""

import math
from dataclasses import dataclass

import planted
import pytest
import torch
from planted import Stream

import rh_lens as rh
from rh_lens.experiments.dynamics import dynamics
from rh_lens.model.reply import Answering

BOS, CUE_A, CUE_B, A, B = 0, 1, 2, [3, 4, 5], [6, 7, 8]  # filler: 9 to 15
BOTH, ONLY_A, INDUCTION, SINK = (rh.Head(1, i) for i in range(4))


@pytest.fixture(scope="module")
def model(kind, tmp_path_factory):
    """BOTH answers. ONLY_A copies one needle of two; INDUCTION must first have said a token."""
    stream = Stream(vocab=16, positions=48, n_heads=4, d_head=48)
    token = stream.reading("token")
    chains = stream.successor([CUE_A, *A]) + stream.successor([CUE_B, *B])
    both = planted.Head(token @ chains, token, carries=("token", "said"))
    layers = [
        [stream.previous()],
        [both, stream.copy([CUE_A, *A]), stream.induction(), stream.sink()],
    ]
    folder = tmp_path_factory.mktemp("planted")
    stream.plant(layers).save_pretrained(folder)
    return rh.load(folder, kind=kind)


@dataclass(frozen=True)
class Saying(Answering):
    """Puts these words in the model's mouth."""

    words: tuple[int, ...]

    def __call__(self, model, case):
        return rh.Reply(case, torch.tensor(self.words), True)


def case(needle, cue, depth, answer=None):
    before = [BOS, 9, *([10] if depth else [11, 12, 13])]
    tokens = [*before, *needle, 14, *([11, 12, 13] if depth else [10]), cue]
    return rh.Case(
        torch.tensor(tokens),
        torch.tensor(answer or needle),
        range(len(before), len(before) + len(needle)),
        {"needle": cue, "depth": depth},
    )


CASES = [case(A, CUE_A, 0), case(A, CUE_A, 1), case(B, CUE_B, 0), case(B, CUE_B, 1)]
WRONG = case(A, CUE_A, 0, answer=[15, 15])  # nobody says so


@pytest.fixture(scope="module")
def seen(model):
    return dynamics(model, CASES)


def test_a_head_that_answers_is_always_active(seen):
    assert seen.always() == [BOTH, INDUCTION]
    assert seen.always(of="steps") == [BOTH]


def test_a_head_that_works_for_some_needles_only_is_not_always_active(seen):
    assert seen.frequency()[ONLY_A] == 0.5
    assert ONLY_A not in seen.always(0.51)
    assert ONLY_A in seen.always(0.5)


def test_an_induction_head_misses_the_first_step(seen):
    assert not any(steps[0][INDUCTION] for steps in seen.steps)
    assert all(steps[1:, 1, 2].all() for steps in seen.steps)
    assert seen.frequency("steps")[INDUCTION] == pytest.approx(2 / 3)
    assert seen.frequency("cases")[INDUCTION] == 1


def test_a_sink_is_never_active(seen):
    assert seen.frequency()[SINK] == 0
    assert not any(steps[:, 0].any() for steps in seen.steps), "layer 0 looks elsewhere"


def test_heads_are_counted_at_each_step_and_in_each_reply(seen):
    """Needle a: 2, 3 and 3 heads, b: 1, 2 and 2."""
    found = seen.active_heads()
    assert found.loc["step", "mean"] == pytest.approx(13 / 6)
    assert found.loc["step", "count"] == 12
    assert found.loc["reply", "mean"] == pytest.approx(2.5)
    assert tuple(found.loc["reply", ["low", "high"]]) == (2, 3)


def test_active_heads_are_alike_within_a_needle_and_not_between(seen):
    found = seen.jaccard()
    assert found.loc["two cases, same needle, other depth", "mean"] == 1
    assert found.loc["two cases, other needle, same depth", "mean"] == pytest.approx(2 / 3)
    assert found.loc["two cases, other needle, other depth", "count"] == 2
    assert "two cases, same needle, same depth" not in found.index


def test_adjacent_steps_differ_where_the_induction_head_comes_in(seen):
    adjacent = seen.jaccard().loc["adjacent steps"]
    of_a, of_b = (2 / 3 + 1) / 2, (1 / 2 + 1) / 2
    assert adjacent["mean"] == pytest.approx((of_a + of_b) / 2)
    assert (adjacent["low"], adjacent["high"]) == (pytest.approx(of_b), pytest.approx(of_a))


def test_a_fixed_list_is_held_against_every_step(seen):
    fixed = seen.jaccard(static=[BOTH]).loc["a step and 1 fixed heads"]
    assert fixed["mean"] == pytest.approx((1 / 2 + 1 / 3 + 1 / 3 + 1 + 1 / 2 + 1 / 2) / 6)
    assert fixed["count"] == 12
    with pytest.raises(ValueError, match="there is no head L7H0"):
        seen.jaccard(static=[rh.Head(7, 0)])


def test_steps_that_say_something_else_are_in_no_pair(model):
    """Three tokens of the needle and two more: what was not copied is not unlike."""
    longer = dynamics(model, CASES[:1], answering=Saying((*A, 15, 14)))
    assert longer.active_heads().loc["step", "count"] == 5
    assert longer.active_heads().loc["step that copies", "count"] == 3
    assert longer.jaccard([BOTH]).loc["adjacent steps", "count"] == 2
    assert longer.jaccard([BOTH]).loc["a step and 1 fixed heads", "count"] == 3
    assert longer.frequency("steps")[BOTH] == pytest.approx(3 / 5)


def test_each_step_has_a_row(seen):
    row = seen.frame().set_index(["case", "step"]).loc[2, 1]
    assert (row["said"], row["active"], row["heads"]) == ("7", 2, "L1H0 L1H2")
    assert (row["needle"], row["depth"]) == (CUE_B, 0)
    assert len(seen.frame()) == 12


def test_a_case_that_the_model_fails_is_kept_without_steps(model):
    found = dynamics(model, [*CASES, WRONG])
    assert [labels["found"] for labels in found.labels] == [True] * 4 + [False]
    assert len(found.steps[-1]) == 0
    assert found.frequency().values[-1].isnan().all()
    assert found.always() == [BOTH, INDUCTION]
    assert found.active_heads().loc["reply", "count"] == 4
    assert "4 of 5 cases answered" in repr(found)


def test_one_needle_gives_no_interval(model):
    found = dynamics(model, CASES[:2])
    assert math.isnan(found.active_heads().loc["step", "low"])


def test_active_at_any_step_is_a_score_above_zero(organism, hide):
    cases = hide("date", "name")[:4]
    scores = rh.score_heads(organism, cases, rh.RetrievalScore())
    found = dynamics(organism, cases)
    assert torch.equal(found.frequency().values == 1, scores.values > 0)
    assert found.frequency().labels[0]["needle"] == cases[0].labels["needle"]


def test_another_scorer_says_when_a_head_is_active(model):
    """Looking at the needle is enough, whatever is said."""
    cases = [
        rh.Case(each.tokens, each.answer, each.needle, {}, {"fact": (each.needle,)})
        for each in CASES
    ]
    looked = dynamics(model, cases, scorer=rh.PassageHitRate())
    assert looked.always(of="steps") == [BOTH]
    with pytest.raises(ValueError, match="looks at 8 positions of a reply of 3 tokens"):
        dynamics(model, cases, scorer=rh.EvidenceMass())


def test_without_an_answer_there_is_nothing_to_see(model):
    with pytest.raises(rh.NothingScored, match=r"answered 0 of 1 cases.*so no head was seen"):
        dynamics(model, [WRONG])
    with pytest.raises(ValueError, match="got no cases"):
        dynamics(model, [])


def test_a_case_without_a_needle_is_not_one_without_active_heads(model):
    bare = rh.Case(CASES[0].tokens, CASES[0].answer, range(0))
    with pytest.raises(ValueError, match="give cases with a needle"):
        dynamics(model, [bare])


@pytest.mark.parametrize("wrong", [0, 1.5])
def test_a_share_is_a_share(seen, wrong):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        seen.always(float(wrong))


ASKED = []


@dataclass(frozen=True)
class Stopping(rh.Greedy):
    """Answers as Greedy does, until it is stopped."""

    def __call__(self, model, case, *rest):
        ASKED.append(case.digest)
        if len(ASKED) == 3:
            raise KeyboardInterrupt
        return rh.Greedy()(model, case, *rest)


def test_a_run_goes_on_where_it_was_stopped(model, seen, tmp_path):
    ASKED.clear()
    with pytest.raises(KeyboardInterrupt):
        dynamics(model, CASES, answering=Stopping(), journal=rh.Journal(tmp_path))
    resumed = dynamics(model, CASES, answering=Stopping(), journal=rh.Journal(tmp_path))
    assert [each.digest for each in (*CASES[:3], *CASES[2:])] == ASKED
    assert all(torch.equal(a, b) for a, b in zip(resumed.steps, seen.steps, strict=True))
    assert resumed.said == seen.said
