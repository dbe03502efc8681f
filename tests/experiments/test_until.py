"""Asking until the strongest heads are known, and whether they then are."""

import math
from collections import Counter
from dataclasses import replace

import pytest
import torch

import rh_lens as rh
from rh_lens import Journal
from rh_lens.cases.case import Case
from rh_lens.cases.spread import spread
from rh_lens.experiments import detect
from rh_lens.experiments.until import ask_until
from rh_lens.scores.head_scores import HeadScores
from rh_lens.scores.stable import Stable

# how strong the head of each rank is, in the scores Wu et al. 2024 published of Mistral-7B-v0.2
PUBLISHED = {1: 0.943, 5: 0.603, 10: 0.286, 20: 0.167, 30: 0.122, 50: 0.089, 100: 0.044, 200: 0.01}


def strength(rank):
    """Log-linear between the published ranks."""
    low = max(known for known in PUBLISHED if known <= rank)
    high = min((known for known in PUBLISHED if known > rank), default=low + 1)
    part = (math.log(rank) - math.log(low)) / (math.log(high) - math.log(low))
    return PUBLISHED[low] ** (1 - part) * PUBLISHED.get(high, 0.009) ** part


def copied(needles, places, heads, spread_of_needles, seed):
    """Scores of every needle at every place: how many of its tokens each head copies, where heads
    differ from needle to needle, and a little from place to place."""
    draw = torch.Generator().manual_seed(seed)
    usual = torch.tensor([strength(rank) for rank in heads]).logit()
    by_needle = usual + spread_of_needles * torch.randn(needles, 1, len(heads), generator=draw)
    by_case = by_needle + 0.2 * torch.randn(needles, places, len(heads), generator=draw)
    tokens = torch.randint(15, 30, (needles, 1, 1), generator=draw).expand_as(by_case).float()
    return torch.binomial(tokens, by_case.sigmoid(), generator=draw) / tokens


def asked_until(until, *tables):
    """Run the rule on tables [needle place head], one for each scorer; the scores at its end, those
    of all cases, and how often each case was asked."""
    needles, places, _ = tables[0].shape
    values = [table.flatten(0, 1)[:, None] for table in tables]
    labels = [
        {"needle": needle, "depth": place / places, "found": True}
        for needle in range(needles)
        for place in range(places)
    ]
    cases = [Case(torch.tensor([1, 2]), torch.tensor([2]), range(1, 2), each) for each in labels]

    times = Counter()

    def ask(at):
        times.update(at)
        return dict.fromkeys(at)

    def gather(results):
        at = sorted(results)
        return [HeadScores("score", each[at], tuple(labels[i] for i in at)) for each in values]

    _, scores = ask_until(until, cases, ask, gather)
    return scores, gather(range(len(cases))), times


def agreeing(until, tables):
    """The share of tables on which the promise was kept, and the share of cases asked."""
    kept, asked = [], []
    for table in tables:
        (scores,), (whole,), _ = asked_until(until, table)
        common = set(scores.top(until.top)) & set(whole.top(until.top))
        kept.append(len(common) >= until.top - until.swaps)
        asked.append(len(scores.labels) / len(whole.labels))
        assert scores.provenance["until"]["asked"] == len(scores.labels)
    return sum(kept) / len(kept), sum(asked) / len(asked)


@pytest.mark.parametrize(
    ("until", "shape"),
    [
        (Stable(top=8, swaps=1, confidence=0.8), (20, 15, range(1, 256, 3), 0.3)),
        (Stable(top=3, confidence=0.8), (12, 20, range(1, 256, 8), 0.3)),
        (Stable(top=3, confidence=0.5), (12, 20, range(1, 256, 8), 0.6)),
    ],
)
def test_the_top_heads_are_those_of_all_cases_as_often_as_promised(until, shape):
    kept, asked = agreeing(until, (copied(*shape, seed) for seed in range(30)))
    assert kept >= until.confidence
    assert asked < 0.75  # and the promise is not kept by asking everything


def test_many_looks_at_two_equal_heads_are_not_misled():
    tables = (
        torch.rand(100, 1, 2, generator=torch.Generator().manual_seed(seed)) for seed in range(60)
    )
    kept, asked = agreeing(Stable(top=1, confidence=0.8), tables)
    assert kept >= 0.8
    assert asked < 1


def test_heads_far_apart_are_known_at_the_first_look():
    table = torch.linspace(0.9, 0.1, 8).expand(16, 5, 8).contiguous()
    (scores,), _, _ = asked_until(Stable(top=3), table)
    assert len(scores.labels) == 16
    assert scores.provenance["until"]["known"]
    assert scores.provenance["until"]["looks"] == [[16, 1.0]]


def test_heads_that_cannot_be_told_apart_are_not_said_to_be_known():
    equal = torch.full((16, 5, 8), 0.5)
    (scores,), _, _ = asked_until(Stable(top=3), equal)
    told = scores.provenance["until"]
    assert (told["asked"], told["of"], told["known"]) == (80, 80, False)
    assert [size for size, _ in told["looks"]] == Stable().looks(80)
    assert "asked 80 of 80 cases, with 5 looks: the top 3 are not known" in scores.table()


def test_asking_ends_at_the_most_cases_it_may_ask():
    equal = torch.full((16, 5, 8), 0.5)
    (scores,), _, _ = asked_until(Stable(top=3, swaps=1, at_most=20), equal)
    assert len(scores.labels) == 20
    assert "asked 20 of 80 cases, with 2 looks: 2 of the top 3 are not known" in scores.table()


def test_asking_goes_on_until_each_of_several_scores_is_stable():
    apart, equal = torch.linspace(0.9, 0.1, 8).expand(16, 5, 8), torch.full((16, 5, 8), 0.5)
    scores, _, times = asked_until(Stable(top=3), apart.contiguous(), equal)
    assert [each.provenance["until"]["known"] for each in scores] == [True, False]
    assert [each.provenance["until"]["asked"] for each in scores] == [80, 80]
    assert set(times.values()) == {1}  # and no case is asked at two looks


@pytest.fixture(scope="module")
def cases(hide):
    """Enough needles for a first look, each at two depths."""
    return hide("date", "name", depths=(0.2, 0.7))


RULE = Stable(top=1, confidence=0.5, at_most=16)


@pytest.fixture(scope="module")
def scores(organism, cases):
    return rh.score_heads(organism, cases, rh.RetrievalScore(), until=RULE)


def test_the_scores_are_those_of_the_cases_asked_in_the_order_they_were_given(scores, cases):
    told = scores.provenance["until"]
    first = sorted(spread(cases, seed=0)[: told["asked"]])
    assert [labels["digest"] for labels in scores.labels] == [cases[i].digest for i in first]
    assert told["of"] == len(cases)
    assert told["rule"] == repr(RULE)


def test_a_stopped_run_goes_on_and_stops_where_it_would_have(
    organism, cases, scores, asked, tmp_path, monkeypatch
):
    examine, left = detect.examine, [None] * 9

    def stopping(*given):
        left.pop()
        return examine(*given)

    with monkeypatch.context() as patch:
        patch.setattr(detect, "examine", stopping)
        with pytest.raises(IndexError):
            rh.score_heads(
                organism, cases, rh.RetrievalScore(), journal=Journal(tmp_path), until=RULE
            )
    asked.clear()
    resumed = rh.score_heads(
        organism, cases, rh.RetrievalScore(), journal=Journal(tmp_path), until=RULE
    )
    assert len(asked) == len(resumed.labels) - 9
    assert resumed.labels == scores.labels
    assert resumed.provenance == scores.provenance
    assert torch.equal(resumed.values.nan_to_num(-1), scores.values.nan_to_num(-1))


def test_what_was_decided_is_saved_with_the_scores(scores, tmp_path):
    scores.save(tmp_path / "scores.safetensors")
    again = HeadScores.load(tmp_path / "scores.safetensors")
    assert again.provenance["until"] == scores.provenance["until"]
    assert "cases, with" in again.table()


def test_a_run_that_nothing_answers_says_how_many_were_asked(organism, cases):
    unanswerable = rh.without_needle(cases)
    with pytest.raises(rh.NothingScored, match=f"0 of {RULE.at_most} cases"):
        rh.score_heads(organism, unanswerable, rh.RetrievalScore(), until=RULE)


def test_a_rule_that_fits_no_model_of_this_size_is_refused_before_it_is_asked(
    organism, cases, asked
):
    many = organism.cfg.n_layers * organism.cfg.n_heads
    with pytest.raises(ValueError, match=f"all {many} heads of this model are among"):
        rh.score_heads(organism, cases, rh.RetrievalScore(), until=replace(RULE, top=many))
    assert asked == []
