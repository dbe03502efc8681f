"""Means over pairs, of which both partners are drawn."""

import math

import pytest
import torch

from rh_lens.scores.pair_bootstrap import pair_means


def test_a_pair_counts_as_often_as_both_its_clusters_were_drawn():
    """Drawn are a twice (mean 6), a and b (mean of 6 and 0), or b twice (no pair)."""
    means = pair_means(torch.tensor([6.0, 0.0]), "aa", "ab", draws=400, seed=0)
    found = {"none" if math.isnan(mean) else round(mean, 4) for mean in means.tolist()}
    assert found == {6.0, 3.0, "none"}
    assert means.isnan().float().mean().item() == pytest.approx(1 / 4, abs=0.06)


def test_pairs_of_a_cluster_drawn_twice_with_others_count_twice():
    """A draw of a twice and b once makes the pair of a and b count 2, and that within b 1."""
    values = torch.tensor([1.0, 0.0])
    means = pair_means(values, "ab", "bb", draws=400, seed=0).tolist()
    assert {round(mean, 4) for mean in means if not math.isnan(mean)} == {0.0, 0.5}
    values = torch.tensor([9.0, 0.0, 0.0])
    means = pair_means(values, "abc", "bbc", draws=2000, seed=0).tolist()
    seen = {round(mean, 4) for mean in means if not math.isnan(mean)}
    assert seen == {0.0, 4.5, 6.0, 3.0}


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    def means(seed):
        return pair_means(torch.arange(4.0), "abcd", "bcda", draws=50, seed=seed)

    assert torch.equal(means(0).nan_to_num(), means(0).nan_to_num())
    assert not torch.equal(means(0).nan_to_num(), means(1).nan_to_num())
