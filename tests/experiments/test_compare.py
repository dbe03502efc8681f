"""Comparisons worked out on paper: a few heads in a row, or in a square."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

import rh_lens as rh
from rh_lens import Head, HeadScores
from rh_lens.experiments import agreement

NAN = math.nan


def row(*heads, needles=("a",), **provenance):
    """Scores of one layer, the same for each needle."""
    labels = tuple({"needle": needle} for needle in needles)
    return HeadScores("score", torch.tensor([[heads]] * len(needles)).float(), labels, provenance)


def cases(by_case):
    """One layer; a case for each (needle, heads)."""
    values = torch.tensor([[heads] for _, heads in by_case]).float()
    return HeadScores("score", values, tuple({"needle": needle} for needle, _ in by_case))


def heads(text):
    return [Head(0, int(index)) for index in text]


@pytest.fixture
def three():
    """Top 2: heads 0 and 1; heads 0 and 2; heads 3 and 1."""
    return rh.compare(
        a=row(0.9, 0.8, 0.3, 0.1), b=row(0.7, 0.2, 0.6, 0.1), c=row(0.1, 0.8, 0.2, 0.9)
    )


# -- what is compared


def test_a_frame_has_a_row_per_head_and_a_column_per_keyword():
    square = HeadScores("score", torch.tensor([[[0.0, 1.0], [2.0, 3.0]]]), ({},))
    frame = rh.compare(mine=square, theirs=square).frame
    assert list(frame) == ["mine", "theirs"]
    assert frame.mine.to_dict() == {"L0H0": 0, "L0H1": 1, "L1H0": 2, "L1H1": 3}


def test_a_column_holds_the_means_over_measured_cases():
    two = cases([("a", [0.2, 1.0]), ("b", [0.4, NAN])])
    assert rh.compare(x=two, y=two).frame.x.tolist() == pytest.approx([0.3, 1.0])


@pytest.mark.parametrize("names", ["", "a"])
def test_one_score_is_nothing_to_compare(names):
    with pytest.raises(ValueError, match=f"got {len(names)} scores: give two or more"):
        rh.compare(**dict.fromkeys(names, row(1, 2)))


def test_models_of_other_shapes_are_refused_with_their_shapes():
    with pytest.raises(ValueError, match="a 1 layers of 4 heads, b 1 layers of 3 heads"):
        rh.compare(a=row(1, 2, 3, 4), b=row(1, 2, 3))
    tall = HeadScores("score", torch.zeros(1, 2, 4), ({},))
    with pytest.raises(ValueError, match="a 1 layers of 4 heads, tall 2 layers of 4 heads"):
        rh.compare(a=row(1, 2, 3, 4), tall=tall)


# -- correlation


def test_rank_correlation_by_hand(three):
    # ranks a 4321, b 4231, c 1324: squared differences of a, b sum to 2, of a, c to 18
    found = three.rank_correlation()
    assert found.loc["a", "b"] == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert found.loc["a", "c"] == pytest.approx(1 - 6 * 18 / (4 * 15))
    assert (found.equals(found.T), np.diag(found).tolist()) == (True, pytest.approx([1, 1, 1]))


def test_kendall_counts_pairs_of_heads_in_the_same_order(three):
    # of 6 pairs of heads, a and b order one differently, a and c all but one (1 above 2)
    found = three.correlation("kendall")
    assert found.loc["a", "b"] == pytest.approx((5 - 1) / 6)
    assert found.loc["a", "c"] == pytest.approx((1 - 5) / 6)


def test_pearson_sees_sizes_where_the_rank_does_not():
    pair = rh.compare(a=row(1, 2, 3), b=row(1, 2, 30))
    assert pair.correlation("spearman").loc["a", "b"] == pytest.approx(1)
    x, y = np.array([-1, 0, 1]), np.array([-10, -9, 19])
    assert pair.correlation("pearson").loc["a", "b"] == pytest.approx(
        x @ y / math.sqrt((x @ x) * (y @ y))
    )


@pytest.mark.parametrize("kind", ["spearman", "kendall", "pearson"])
def test_with_ties_correlations_are_those_of_scipy(kind):
    draw = np.random.default_rng(3)
    x, y = draw.integers(0, 5, 60) / 4, draw.integers(0, 5, 60) / 4
    of_scipy = {"spearman": "spearmanr", "kendall": "kendalltau", "pearson": "pearsonr"}[kind]
    expected = getattr(stats, of_scipy)(x, y).statistic
    assert agreement.correlation(x, y, kind) == pytest.approx(expected)


def test_a_score_that_is_the_same_for_all_heads_correlates_with_nothing():
    pair = rh.compare(a=row(1, 2, 3), flat=row(5, 5, 5))
    for kind in ("spearman", "kendall", "pearson"):
        assert math.isnan(pair.correlation(kind).loc["a", "flat"])
        assert math.isnan(pair.p_values(kind, permutations=9).loc["a", "flat"])


def test_an_unknown_correlation_is_refused():
    with pytest.raises(ValueError, match="no correlation 'cosine': it can be spearman, kendall"):
        agreement.correlation(np.arange(3.0), np.arange(3.0), "cosine")


def test_a_head_missing_in_one_score_is_left_out_of_its_pairs_only():
    of = rh.compare(a=row(1, 2, 3, NAN), b=row(1, 2, 3, 0), c=row(3, 2, 1, 0))
    assert of.rank_correlation().loc["a", "b"] == pytest.approx(1)
    assert of.rank_correlation().loc["b", "c"] < 1
    assert of.heads_used().to_numpy().tolist() == [[3, 3, 3], [3, 4, 4], [3, 4, 4]]
    assert of.overlap(2).heads.tolist() == [3, 3, 4]
    assert of.overlap(2).chance.tolist() == pytest.approx([4 / 3, 4 / 3, 1])


# -- by lot


def test_a_p_value_by_hand_is_the_share_of_orders_as_strong():
    # 3 heads in the same order: of the 6 orders two reach |rho| = 1, the order and its reverse
    pair = rh.compare(a=row(1, 2, 3), b=row(1, 2, 3))
    found = pair.p_values(permutations=6000)
    assert found.loc["a", "b"] == pytest.approx(2 / 6, abs=0.02)


@pytest.mark.parametrize("kind", ["spearman", "pearson", "kendall"])
def test_unrelated_scores_have_a_p_value_below_a_tenth_in_a_tenth_of_draws(kind):
    draw = np.random.default_rng(11)
    found = [
        agreement.permutation_p(draw.random(30), draw.random(30), kind, permutations=99, seed=i)
        for i in range(200)
    ]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(found) == pytest.approx(0.5, abs=0.07)


def test_related_scores_have_the_least_p_value_there_is():
    x = np.linspace(0, 1, 40)
    assert agreement.permutation_p(x, x**2, "kendall", permutations=99, seed=0) == 1 / 100
    assert agreement.permutation_p(x, -(x**2), "spearman", permutations=99, seed=0) == 1 / 100


def test_p_values_are_the_same_for_a_seed_and_both_ways(three):
    once = three.p_values(permutations=50, seed=4)
    assert once.equals(three.p_values(permutations=50, seed=4))
    assert once.equals(once.T)
    assert not once.equals(three.p_values(permutations=50, seed=5))
    with pytest.raises(ValueError, match="got 0 permutations"):
        three.p_values(permutations=0)


# -- the top


def test_overlap_by_hand_beside_chance_at_several_sizes(three):
    found = three.overlap(1, 2, 4)
    assert found.overlap.loc["a", "b"].tolist() == [1, 1, 4]
    assert found.overlap.loc["a", "c"].tolist() == [0, 1, 4]
    assert found.overlap.loc["b", "c"].tolist() == [0, 0, 4]
    assert found.chance.loc["a", "b"].tolist() == [1 / 4, 4 / 4, 16 / 4]


def test_jaccard_by_hand_beside_chance(three):
    found = three.jaccard(2)
    assert found.jaccard.tolist() == pytest.approx([1 / 3, 1 / 3, 0])
    # two of four twice: 0, 1, 2 shared in 1, 4, 1 of 6 draws, that is Jaccard 0, 1/3, 1
    assert found.chance.tolist() == pytest.approx([(4 / 3 + 1) / 6] * 3)


def test_a_top_of_more_heads_than_there_are_is_all_of_them(three):
    assert three.overlap(9).loc[("a", "c", 9)].tolist() == [4, 4, 4]
    assert three.jaccard(9).loc[("a", "c", 9)].tolist() == [1, 1, 4]
    assert three.shared(9) == heads("0123")


@pytest.mark.parametrize("counts", [(), (0,), (5, -1)])
def test_a_top_of_no_heads_is_refused(three, counts):
    for ask in (three.overlap, three.jaccard):
        with pytest.raises(ValueError, match="give how many heads are the top"):
            ask(*counts)


@pytest.mark.parametrize("count", [5, 20])
def test_random_rankings_overlap_as_chance_says(count):
    draw = np.random.default_rng(0)
    pairs = [(draw.random(60), draw.random(60)) for _ in range(400)]
    shared = np.mean([agreement.overlap(x, y, count) for x, y in pairs])
    jaccard = np.mean([agreement.jaccard(x, y, count) for x, y in pairs])
    assert shared == pytest.approx(count**2 / 60, rel=0.15)
    assert jaccard == pytest.approx(agreement.chance_jaccard(60, count), rel=0.15)


def test_the_order_of_equals_is_no_agreement():
    # one head stands out in each, six tie: the second place is each one's with chance 1/6
    pair = rh.compare(a=row(9, 0, 0, 0, 0, 0, 0), b=row(9, 1, 1, 1, 1, 1, 1))
    assert pair.overlap(2).overlap.item() == pytest.approx(1 + 6 * (1 / 6) ** 2)
    flat = rh.compare(a=row(*[0] * 8), b=row(*[0] * 8))
    for k in (1, 3, 8):
        assert flat.overlap(k).overlap.item() == pytest.approx(flat.overlap(k).chance.item())


def test_shared_and_only_list_the_heads(three):
    assert three.shared(1) == []
    assert three.shared(3) == heads("12")
    assert three.only("c", 2) == heads("3")
    assert three.only("b", 2) == heads("2")
    assert three.only("a", 2) == []


def test_heads_that_tie_for_the_last_place_are_on_no_list():
    pair = rh.compare(a=row(9, 5, 5, 0), b=row(9, 0, 0, 5))
    assert pair.shared(2) == heads("0")
    assert pair.only("a", 2) == []  # 1 and 2 tie for it
    assert pair.only("a", 3) == []  # in b, they tie for the third place
    assert pair.only("b", 2) == heads("3")


def test_a_head_without_a_score_is_in_no_top():
    pair = rh.compare(a=row(9, 5, 1), b=row(NAN, 5, 1))
    assert pair.only("a", 1) == heads("0")
    assert pair.shared(2) == heads("1")


def test_a_name_that_is_not_there_is_told_the_ones_that_are(three):
    for ask in (
        lambda: three.only("d", 2),
        lambda: three.auroc("a", "d", 2),
        lambda: three.by_needle("d", "a"),
    ):
        with pytest.raises(ValueError, match=r"no score 'd': there are \['a', 'b', 'c'\]"):
            ask()


# -- rank-biased overlap


def test_rank_biased_overlap_by_hand():
    # orders 012 and 102: shared shares 0, 1, 1 at depths 1, 2, 3; p = 1/2:
    # 1 · 1/8 + (1/2) / (1/2) · (0/2 + 1/4 + 1/8) = 1/2
    pair = rh.compare(a=row(3, 2, 1), b=row(2, 3, 1))
    assert pair.rank_biased_overlap(0.5).loc["a", "b"] == pytest.approx(0.5)
    # to depth 2, extrapolated: 1 · 1/4 + (0/2 + 1/4)
    assert pair.rank_biased_overlap(0.5, depth=2).loc["a", "b"] == pytest.approx(0.5)
    assert pair.rank_biased_overlap(0.5, depth=1).loc["a", "b"] == 0


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.99])
def test_rank_biased_overlap_is_1_for_the_same_order_and_0_for_nothing_shared(p):
    up, down = np.arange(50.0), -np.arange(50.0)
    assert agreement.rank_biased_overlap(up, up**3, p) == pytest.approx(1)
    assert agreement.rank_biased_overlap(up, down, p, 25) == 0


def test_agreement_at_the_top_weighs_more_than_at_the_bottom():
    order = np.arange(20.0)
    top, bottom = order.copy(), order.copy()
    top[[19, 18]], bottom[[0, 1]] = top[[18, 19]], bottom[[1, 0]]
    assert agreement.rank_biased_overlap(order, top, 0.9) < 0.95
    assert agreement.rank_biased_overlap(order, bottom, 0.9) > 0.99
    assert agreement.correlation(order, top, "spearman") == pytest.approx(
        agreement.correlation(order, bottom, "spearman")
    )


def test_the_ten_strongest_weigh_86_percent_at_p_09():
    # Webber et al. 2010: two rankings that begin with the same ten, and share no head after them
    # as far down as there is weight
    same_ten = np.arange(2000.0)
    other = same_ten.copy()
    other[:1990] = other[:1990][::-1]
    found = agreement.rank_biased_overlap(same_ten, other, 0.9, 900)
    past_the_tenth = (0.1 / 0.9) * sum(10 / d * 0.9**d for d in range(11, 901))
    assert found == pytest.approx(1 - 0.9**10 + past_the_tenth, abs=1e-6)
    assert found == pytest.approx(0.86, abs=0.005)


@pytest.mark.parametrize(("p", "depth"), [(0.0, None), (1.0, None), (0.9, 5), (0.9, 0)])
def test_rank_biased_overlap_refuses_what_it_cannot_weigh(three, p, depth):
    with pytest.raises(ValueError, match="p lies between 0 and 1, and depth between 1 and"):
        three.rank_biased_overlap(p, depth=depth)


# -- how well one finds the other's best


def test_a_score_finds_its_own_best_and_its_opposite_finds_none():
    pair = rh.compare(a=row(5, 4, 3, 2, 1), b=row(1, 2, 3, 4, 5))
    assert [pair.auroc("a", "a", k) for k in (1, 2, 4)] == [1, 1, 1]
    assert pair.auroc("b", "a", 2) == 0


def test_auroc_by_hand(three):
    # c's best are 3 and 1, a gives them .1 and .8, the others .9 and .3: of 4 pairs, one is right
    assert three.auroc("a", "c", 2) == 1 / 4
    tied = rh.compare(of=row(1, 1, 1, 0), best=row(9, 5, 2, 1))
    assert tied.auroc("of", "best", 1) == pytest.approx((0.5 + 0.5 + 1) / 3)


def test_heads_that_tie_for_the_last_places_do_not_count_in_auroc():
    pair = rh.compare(of=row(3, 0, 9, 1), best=row(9, 5, 5, 1))
    assert pair.auroc("of", "best", 2) == 1  # only head 0 against head 3
    flat = rh.compare(of=row(3, 0, 9, 1), best=row(5, 5, 5, 5))
    assert math.isnan(flat.auroc("of", "best", 2))


@pytest.mark.parametrize("count", [0, 4])
def test_auroc_needs_heads_in_and_out_of_the_top(three, count):
    with pytest.raises(ValueError, match=f"a top {count} of 4 heads"):
        three.auroc("a", "b", count)


def test_auroc_is_that_of_mann_whitney():
    draw = np.random.default_rng(5)
    score, target = draw.integers(0, 6, 40).astype(float), draw.random(40)
    best = np.argsort(-target)[:12]
    rest = np.setdiff1d(np.arange(40), best)
    u = stats.mannwhitneyu(score[best], score[rest]).statistic
    assert agreement.auroc(score, target, 12) == pytest.approx(u / (12 * 28))


# -- needle by needle


def test_correlation_is_within_each_needle_both_have():
    a = cases([("x", [1, 2, 3]), ("x", [3, 2, 4]), ("y", [1, 2, 3]), ("only a", [1, 2, 3])])
    b = cases([("y", [3, 2, 1]), ("x", [1, 2, 3])])
    found = rh.compare(a=a, b=b).by_needle("a", "b")
    # needle x: means of a are 2, 2, 3.5, so ranks 1.5, 1.5, 3 against 1, 2, 3
    assert found.correlations.to_dict() == pytest.approx({"x": math.sqrt(3) / 2, "y": -1})
    assert found.mean == pytest.approx((math.sqrt(3) / 2 - 1) / 2)
    assert found.interval.low == pytest.approx(-1)
    assert found.interval.high == pytest.approx(math.sqrt(3) / 2)
    assert "over 2 of 2 needles" in repr(found)


def test_agreement_on_the_whole_may_be_disagreement_within_every_needle():
    a = cases([("x", [0, 1, 9, 8]), ("y", [1, 0, 8, 9])])
    b = cases([("x", [1, 0, 8, 9]), ("y", [0, 1, 9, 8])])
    pair = rh.compare(a=a, b=b)
    assert pair.correlation("kendall").loc["a", "b"] == pytest.approx(1)
    within = pair.by_needle("a", "b", kind="kendall")
    assert within.correlations.tolist() == pytest.approx([1 / 3, 1 / 3])
    assert within.interval == pytest.approx((1 / 3, 1 / 3))


def test_the_interval_narrows_with_needles():
    draw = torch.Generator().manual_seed(0)

    def width(count):
        drawn = torch.rand(2, count, 1, 6, generator=draw)
        labels = tuple({"needle": i} for i in range(count))
        a, b = (HeadScores("score", values, labels) for values in drawn)
        interval = rh.compare(a=a, b=b).by_needle("a", "b").interval
        return interval.high - interval.low

    assert width(100) < width(10) / 2


def test_one_needle_has_no_interval():
    found = rh.compare(a=row(1, 2, 3), b=row(1, 3, 2)).by_needle("a", "b")
    assert found.mean == pytest.approx(0.5)
    assert all(math.isnan(end) for end in found.interval)


def test_a_needle_on_which_a_score_is_flat_or_failed_is_out_of_the_mean():
    a = cases([("x", [1, 2, 3]), ("flat", [0, 0, 0]), ("failed", [NAN, NAN, NAN])])
    b = cases([("x", [1, 2, 3]), ("flat", [1, 2, 3]), ("failed", [1, 2, 3])])
    found = rh.compare(a=a, b=b).by_needle("a", "b")
    assert list(found.correlations.index) == ["x", "flat"]
    assert found.mean == pytest.approx(1)
    assert "over 1 of 2 needles" in repr(found)


def test_without_a_needle_in_common_there_is_nothing_to_correlate():
    named, bare = row(1, 2, 3), HeadScores("score", torch.ones(1, 1, 3), ({},))
    for other in (bare, row(1, 2, 3, needles=["b"])):
        with pytest.raises(ValueError, match="no needle was measured in both: one has"):
            rh.compare(x=named, y=other).by_needle("x", "y")
    with pytest.raises(ValueError, match="no needle was measured in both"):
        rh.compare(x=bare, y=bare).by_needle("x", "y")  # case 0 of each is not one needle


# -- key-value heads


def test_a_score_of_key_value_heads_stands_for_each_query_head_it_serves():
    gate = row(0.9, 0.2, model={"n_key_value_heads": 2})
    pair = rh.compare(gate=gate, mine=row(5, 4, 2, 1))
    assert pair.frame.gate.tolist() == pytest.approx([0.9, 0.9, 0.2, 0.2])
    assert pair.by_group == {"gate": 2}
    assert pair.overlap(2).overlap.item() == 2
    assert "gate scores key-value heads: each stands here for the 2 query heads" in repr(pair)


def test_scores_put_into_groups_compare_with_those_they_came_from():
    mine = row(5, 1, 2, 3, model={"n_heads": 4, "n_key_value_heads": 2})
    pair = rh.compare(mine=mine, grouped=mine.kv_groups())
    assert pair.frame.grouped.tolist() == [5, 5, 3, 3]


def test_two_scores_of_key_value_heads_stay_as_they_are():
    gate = row(0.9, 0.2, model={"n_key_value_heads": 2})
    pair = rh.compare(a=gate, b=gate)
    assert (len(pair.frame), pair.by_group) == (2, {})
    assert "key-value" not in repr(pair)


@pytest.mark.parametrize(
    "model",
    [
        {},  # says nothing
        {"n_heads": 2, "n_key_value_heads": 2},  # a smaller model, each of whose heads has its own
        {"n_heads": 8, "n_key_value_heads": 2},  # groups of a larger model
    ],
)
def test_heads_of_another_model_are_not_taken_for_key_value_heads(model):
    with pytest.raises(ValueError, match="gate 1 layers of 2 heads, mine 1 layers of 4 heads"):
        rh.compare(gate=row(0.9, 0.2, model=model), mine=row(5, 4, 2, 1))


def test_query_heads_that_share_a_value_are_no_further_evidence():
    # 4 key-value heads have 24 orders, two of them as strong as this one; their 32 query heads,
    # taken one by one, would make it look like 1 / (1 + permutations)
    gate = row(4, 3, 2, 1, model={"n_key_value_heads": 4})
    pair = rh.compare(gate=gate, mine=row(*range(32, 0, -1)))
    assert pair.p_values(permutations=500).loc["gate", "mine"] == pytest.approx(2 / 24, abs=0.04)


def test_a_group_with_an_unmeasured_head_is_left_out_of_the_p_value():
    gate = row(4, 3, 2, 1, model={"n_key_value_heads": 4})
    pair = rh.compare(gate=gate, mine=row(NAN, 7, 6, 5, 4, 3, 2, 1))
    assert pair.p_values(permutations=600).loc["gate", "mine"] == pytest.approx(2 / 6, abs=0.07)


# -- how it shows


def test_a_table_tells_every_pair_and_who_is_at_the_top(three):
    shown = three.table(1)
    assert [line.split()[:4] for line in shown.splitlines()[1:4]] == [
        ["a,", "b", "4", "0.800"],
        ["a,", "c", "4", "-0.800"],
        ["b,", "c", "4", "-1.000"],
    ]
    assert shown.split()[:8] == ["scores", "heads", "Spearman", "RBO", "top", "1", "top", "2"]
    assert "1 (0.25)" in shown.splitlines()[1]
    assert "in every top 1: none" in shown
    assert "in the top 1 of c only: L0H3" in shown


def test_a_notebook_shows_names_as_they_are_written():
    pair = rh.compare(**{"a<b": row(1, 2, 3), "c": row(1, 2, 3)})
    assert "a&lt;b" in pair._repr_html_()
    assert "a<b" not in pair._repr_html_()


def test_the_table_says_whose_scores_they_are():
    pair = rh.compare(a=row(1, 2, model={"name": "llama"}), b=row(1, 2, source="file.json"))
    assert "a: score of llama" in repr(pair)
    assert "b: score of file.json" in repr(pair)


@pytest.mark.parametrize("values", [(NAN, NAN, 1.0), (NAN, NAN, NAN), (0.0, 0.0, 0.0)])
def test_a_comparison_with_next_to_nothing_can_still_be_shown(values):
    assert "a, b" in repr(rh.compare(a=row(*values), b=row(1, 2, 3)))


# -- induction against retrieval


def test_heads_fall_into_four_quadrants():
    retrieval = row(0.5, 0.9, 0.1, 0.05, 0.0, NAN)
    induction = row(0.8, 0.2, 0.0, 0.70, 0.0, 0.9)
    found = rh.induction_vs_retrieval(retrieval, induction)
    assert found.both == tuple(heads("10"))  # the stronger in retrieval first
    assert found.retrieval_only == tuple(heads("2"))  # at the threshold is in
    assert found.induction_only == tuple(heads("3"))
    assert (found.neither, found.unmeasured) == (1, 1)
    assert found.chance == pytest.approx(3 * 3 / 5)
    assert "both            2: L0H1 L0H0 (by chance 1.8)" in repr(found)


def test_each_score_has_its_own_threshold():
    found = rh.induction_vs_retrieval(
        row(0.5, 0.3), row(0.5, 0.3), retrieval_threshold=0.4, induction_threshold=0.6
    )
    assert (found.both, found.retrieval_only, found.induction_only) == ((), (Head(0, 0),), ())
    assert "retrieval >= 0.4, induction >= 0.6" in repr(found)


def test_heads_that_were_not_both_measured_have_no_quadrants():
    with pytest.raises(ValueError, match="no head has both scores"):
        rh.induction_vs_retrieval(row(0.5, NAN), row(NAN, 0.5))
