"""The bootstrap: what it draws, by hand, and how often its intervals hold the truth."""

import math

import pytest
import torch

from rh_lens import Head, HeadScores
from rh_lens.scores.bootstrap import cluster_means

NAN = math.nan


def of(columns, needles):
    """Scores of one layer, a column of cases for every head."""
    values = torch.tensor(columns).T[:, None]
    return HeadScores("score", values, tuple({"needle": needle} for needle in needles))


def shares(values, clusters):
    """How often each mean was drawn in 4000 draws, whose standard error is at most 0.008."""
    means = cluster_means(torch.tensor(values), clusters, draws=4000, seed=0)
    drawn = [round(mean, 4) for mean in means.tolist()]
    return {mean: pytest.approx(drawn.count(mean) / len(drawn), abs=0.03) for mean in set(drawn)}


def test_two_needles_are_drawn_alike_half_of_the_time():
    assert shares([0.0, 0.0, 1.0, 1.0], "aabb") == {0.0: 0.25, 0.5: 0.5, 1.0: 0.25}


def test_a_drawn_needle_brings_all_its_cases():
    assert shares([0.0, 0.0, 0.0, 1.0], "aaab") == {0.0: 0.25, 0.25: 0.5, 1.0: 0.25}


def test_cases_without_a_common_needle_are_drawn_one_by_one():
    binomial = {n / 4: math.comb(4, n) / 16 for n in range(5)}
    assert shares([0.0, 0.0, 1.0, 1.0], range(4)) == binomial


def test_a_value_that_was_not_measured_is_left_out_of_the_mean():
    assert shares([0.0, NAN, 1.0, 1.0], "aabb") == {0.0: 0.25, 0.6667: 0.5, 1.0: 0.25}
    means = cluster_means(torch.tensor([NAN, 1.0]), "ab", draws=100, seed=0)
    alone = means.isnan()  # draws of the needle that was never measured
    assert alone.any()
    assert means[~alone].unique().tolist() == [1.0]


def test_a_bootstrap_of_nothing_is_refused():
    with pytest.raises(ValueError, match="needs cases, got none"):
        cluster_means(torch.zeros(0, 1), [], draws=1, seed=0)


def test_cases_that_repeat_a_needle_do_not_make_the_mean_surer():
    column = [0.0] * 20 + [1.0] * 20
    by_needle = of([column], "a" * 20 + "b" * 20).interval(Head(0, 0))
    by_case = of([column], range(40)).interval(Head(0, 0))
    assert by_needle == (0.0, 1.0)  # a quarter of the draws hold one needle only
    assert 0.25 < by_case.low < 0.45 < 0.55 < by_case.high < 0.75


def test_19_in_20_intervals_hold_the_truth_if_they_are_clustered():
    generator = torch.Generator().manual_seed(1)
    needles, repeats, experiments = 40, 5, 400  # an experiment is a head
    effect = torch.randn(needles, 1, experiments, generator=generator)
    noise = torch.randn(needles, repeats, experiments, generator=generator)
    values = (effect + noise).flatten(end_dim=1)[:, None]  # the truth is 0

    def coverage(clusters):
        labels = tuple({"needle": cluster} for cluster in clusters)
        low, high = HeadScores("score", values, labels).intervals(draws=400)
        return ((low < 0) & (high > 0)).float().mean().item()

    assert 0.90 < coverage([i // repeats for i in range(needles * repeats)]) < 0.97
    assert coverage(range(needles * repeats)) < 0.75


def test_a_narrower_level_gives_a_narrower_interval():
    scores = of([torch.linspace(0, 1, 30).tolist()], range(30))
    wide, narrow = (scores.interval(Head(0, 0), level=level) for level in (0.95, 0.5))
    assert wide.low < narrow.low < 0.5 < narrow.high < wide.high


def test_the_seed_decides_the_draws():
    scores = of([torch.rand(30).tolist()], range(30))
    first, again, other = (scores.interval(Head(0, 0), seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_interval_of_a_head_is_its_place_in_the_intervals_of_all():
    scores = of(torch.rand(3, 20).tolist(), [i // 2 for i in range(20)])
    low, high = scores.intervals()
    assert scores.interval(Head(0, 1)) == (low[0, 1].item(), high[0, 1].item())


def test_one_needle_says_nothing_of_the_next():
    scores = of([[0.2, 0.4, NAN]], "aab")  # needle b was never answered
    assert all(map(math.isnan, scores.interval(Head(0, 0))))
    assert scores.intervals().isnan().all()
    assert math.isnan(scores.stability(1)[Head(0, 0)])


def test_heads_that_tie_for_the_last_place_share_it():
    steady, in_a, in_b = [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]
    stability = of([steady, in_a, in_b], "ab").stability(2, draws=4000)
    # aa: in_a is first with steady; ab: it shares a place with in_b; bb: it is last
    assert stability == {Head(0, 0): 1.0, Head(0, 1): pytest.approx(1 / 4 + 1 / 2 / 2, abs=0.03)}


def test_all_heads_alike_share_all_places():
    alike = of([[1.0, 0.0]] * 4, "ab")
    assert alike.stability(1) == {Head(0, 0): 0.25}
    assert set(alike.stability(3).values()) == {0.75}


def test_a_head_is_not_among_the_top_of_a_draw_that_did_not_measure_it():
    stability = of([[1.0, NAN], [0.5, 0.5]], "ab").stability(1, draws=4000)
    assert stability == {Head(0, 0): pytest.approx(0.75, abs=0.03)}
