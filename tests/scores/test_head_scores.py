"""HeadScores by hand: three cases, two layers, two heads."""

import math

import pytest
import torch

from rh_lens import Head, HeadScores

NAN = math.nan
L0H0, L0H1, L1H0, L1H1 = (Head(layer, index) for layer in (0, 1) for index in (0, 1))


@pytest.fixture
def scores():
    """Two answered cases and a failed one; L1H1 was never measured."""
    values = [[[0.5, 0.0], [1.0, NAN]], [[0.1, 0.0], [1.0, NAN]], [[NAN, NAN], [NAN, NAN]]]
    labels = (
        {"needle": "a", "length": 10, "depth": 0.0, "found": True},
        {"needle": "b", "length": 20, "depth": 0.5, "found": True},
        {"needle": "b", "length": 20, "depth": 1.0, "found": False},
    )
    return HeadScores("score", torch.tensor(values), labels)


def one_case(*heads):
    """Scores of one case and one layer."""
    return HeadScores("score", torch.tensor([[heads]]), ({},))


def nearly(expected):
    return pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_a_mean_is_over_measured_cases_only(scores):
    assert scores.mean.tolist() == [nearly([0.3, 0.0]), nearly([1.0, NAN])]
    assert scores[L0H0] == nearly(0.3)
    assert math.isnan(scores[L1H1])


def test_activation_frequency_is_the_share_of_measured_cases_above_zero():
    values = torch.tensor([[[1.0, 0.0, NAN]], [[0.2, 0.3, NAN]], [[NAN, -1.0, NAN]]])
    active = HeadScores("score", values, ({}, {}, {})).activation_frequency
    assert active.tolist() == [nearly([1.0, 1 / 3, NAN])]


def test_the_ranking_has_every_measured_head_and_no_other(scores):
    assert scores.ranking() == [L1H0, L0H0, L0H1]


def test_equals_rank_in_the_order_of_layers_and_heads():
    tied = HeadScores("score", torch.tensor([[[0.2, 0.9], [0.2, 0.9], [0.2, 0.0]]]), ({},))
    assert list(map(str, tied.ranking())) == ["L0H1", "L1H1", "L0H0", "L1H0", "L2H0", "L2H1"]


def test_top_takes_the_strongest_and_at_most_all(scores):
    assert scores.top(2) == [L1H0, L0H0]
    assert scores.top(0) == []
    assert scores.top(99) == scores.ranking()


def test_a_head_exactly_at_the_threshold_is_above_it():
    for tenths in range(1, 10):  # 0.7 and 0.9 are smaller in float32 than in Python
        assert one_case(tenths / 10, tenths / 10 - 0.01).above(tenths / 10) == [L0H0]


def test_bins_close_below_and_open_above():
    scores = one_case(0.0, 0.05, 0.0999, 0.1, 0.3, 0.5, 1.0, NAN)
    assert scores.bins().to_dict() == {"=0": 1, "(0, 0.1)": 2, "[0.1, 0.5)": 2, ">=0.5": 2}


@pytest.mark.parametrize("head", [Head(2, 0), Head(0, 2), Head(-1, 0), Head(0, -1)])
def test_a_head_that_is_not_there_is_named_in_the_error(scores, head):
    for ask in (scores.__getitem__, scores.interval):
        with pytest.raises(ValueError, match=f"no head {head}: these scores have 2 layers of 2"):
            ask(head)


def test_every_case_needs_labels():
    with pytest.raises(ValueError, match="scores of 2 cases and labels of 1"):
        HeadScores("score", torch.zeros(2, 1, 1), ({},))


def test_where_keeps_only_cases_with_all_the_labels(scores):
    chosen = scores.where(needle="b", found=True)
    assert chosen.labels == (scores.labels[1],)
    assert chosen.mean.tolist() == [nearly([0.1, 0.0]), nearly([1.0, NAN])]
    assert len(scores.where(length=20).labels) == 2


def test_where_says_which_labels_there_are(scores):
    with pytest.raises(ValueError, match=r"\{'depth': 0.7\}; the cases have \{'depth': \[0.0, 0."):
        scores.where(depth=0.7)
    with pytest.raises(ValueError, match=r"'colour': \[None\]"):
        scores.where(colour="red")


def test_a_frame_has_a_row_for_every_case_and_head(scores):
    frame = scores.frame()
    assert len(frame) == 3 * 2 * 2
    assert list(frame) == ["needle", "length", "depth", "found", "layer", "head", "score"]
    row = frame[(frame.depth == 0.5) & (frame.layer == 0) & (frame["head"] == 0)]
    assert row.score.tolist() == [nearly(0.1)]
    means = frame.groupby(["layer", "head"]).score.mean()  # pandas leaves NaN out, too
    assert means.tolist() == nearly(scores.mean.flatten().tolist())


def test_the_pass_rate_counts_asked_and_answered_cases(scores):
    assert scores.pass_rate().loc["all"].tolist() == nearly([2, 3, 2 / 3])
    by_length = scores.pass_rate("length")
    assert by_length.loc[10].tolist() == [1, 1, 1.0]
    assert by_length.loc[20].tolist() == [1, 2, 0.5]
    assert scores.pass_rate("needle", "depth").asked.to_dict() == {
        ("a", 0.0): 1,
        ("b", 0.5): 1,
        ("b", 1.0): 1,
    }


def test_without_the_label_found_a_case_passed_if_it_was_measured(scores):
    bare = HeadScores("score", scores.values, ({}, {}, {}))
    assert bare.pass_rate().loc["all", ["passed", "asked"]].tolist() == [2, 3]


def test_a_pass_rate_by_an_unknown_label_names_the_known_ones(scores):
    with pytest.raises(ValueError, match=r"labels \['size'\]: there are \['needle', 'length'"):
        scores.pass_rate("size")


def test_a_key_value_head_scores_as_the_strongest_query_head_it_serves():
    values = torch.tensor([[[0.1, 0.7, NAN, 0.2, NAN, NAN]], [[-0.5, -0.2, 0.0, 0.1, NAN, NAN]]])
    of_six = HeadScores("score", values, ({}, {}), {"model": {"n_key_value_heads": 3}})
    grouped = of_six.kv_groups()
    assert grouped.values[:, 0].tolist() == [nearly([0.7, 0.2, NAN]), nearly([-0.2, 0.1, NAN])]
    assert grouped.name == "score by KV group"


def test_key_value_groups_need_to_know_the_model(scores):
    with pytest.raises(ValueError, match=r"provenance\['model'\]\['n_key_value_heads'\]"):
        scores.kv_groups()


def test_a_control_is_taken_off_case_by_case():
    labels = ({"needle": "a"}, {"needle": "b"})
    real = HeadScores("mass", torch.tensor([[[0.5, 0.25]], [[1.0, torch.nan]]]), labels)
    null = HeadScores("mass", torch.tensor([[[0.25, 0.5]], [[0.25, 0.5]]]), labels)
    calibrated = real.minus(null)
    expected = torch.tensor([[[0.25, -0.25]], [[0.75, torch.nan]]])
    assert torch.equal(calibrated.values.nan_to_num(9), expected.nan_to_num(9))
    assert calibrated.labels == labels
    with pytest.raises(ValueError, match="one control case for every case"):
        real.minus(null.where(needle="a"))
