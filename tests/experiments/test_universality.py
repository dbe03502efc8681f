"""Whether heads of two models are the same, against two kinds of chance."""

import math

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

import rh_lens as rh
from rh_lens.experiments import within_layers
from rh_lens.experiments.intrinsicness import intrinsicness
from rh_lens.experiments.universality import universality


def scores(values):
    return rh.HeadScores("retrieval score", torch.as_tensor(values)[None], ({"found": True},))


def drawn(seed, shape=(6, 8)):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def p_values(found, pair=("a", "b")):
    row = found.frame().loc[pair]
    return [row[f"{kind} p{of}"] for kind in ("pearson", "spearman") for of in ("", " in layers")]


@pytest.mark.parametrize("seed", range(3))
def test_unrelated_heads_correlate_no_more_than_by_chance(seed):
    found = universality(a=scores(drawn(seed)), b=scores(drawn(100 + seed)), permutations=400)
    assert min(p_values(found)) > 0.05


def test_a_slightly_changed_copy_correlates_beyond_both_kinds_of_chance():
    own = drawn(0)
    found = universality(a=scores(own), b=scores(own + 0.1 * drawn(1)))
    assert max(p_values(found)) <= 0.002
    assert found.frame().loc[("a", "b"), "pearson"] > 0.9


def test_strong_layers_alone_fool_the_first_chance_but_not_the_second():
    """Unrelated heads, ten times as strong in the two middle layers of both models."""
    layers = torch.tensor([0.1, 0.1, 1.0, 1.0, 0.1, 0.1])[:, None]
    found = universality(a=scores(drawn(0) * layers), b=scores(drawn(1) * layers))
    row = found.frame().loc[("a", "b")]
    assert row["pearson p"] < 0.01
    assert row["spearman p"] < 0.01
    assert row["pearson p in layers"] > 0.05
    assert row["spearman p in layers"] > 0.05
    assert row["pearson layers alone"] > 0.4
    assert row["pearson"] == pytest.approx(row["pearson layers alone"], abs=0.15)


def test_the_reverse_order_in_each_layer_is_no_chance_either():
    layers = 10 * torch.arange(6.0)[:, None]
    found = universality(a=scores(layers + drawn(0)), b=scores(layers - drawn(0)))
    row = found.frame().loc[("a", "b")]
    assert row["pearson"] > 0.9
    assert row["pearson p in layers"] <= 0.002


def test_the_chance_within_layers_is_that_of_all_deals():
    """Two layers of two heads: r is 1 for one deal of four, 0.8 for two, 0.6 for one."""
    scored = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for kind in ("pearson", "spearman"):
        values, layers = scored.flatten().double().numpy(), torch.tensor([0, 0, 1, 1]).numpy()
        null = within_layers.null(values, values, layers, kind, permutations=2000, seed=0)
        assert null.mean == pytest.approx(0.8)
        assert null.p == pytest.approx(0.5, abs=0.03)


def test_layers_of_one_head_say_nothing_beyond_their_layers():
    row = universality(a=scores(drawn(0, (8, 1))), b=scores(drawn(1, (8, 1)))).frame().iloc[0]
    assert math.isnan(row["pearson p in layers"])
    assert not math.isnan(row["pearson p"])


def test_a_head_that_one_model_did_not_measure_is_in_no_number():
    own, other = drawn(0), drawn(0)
    own[2, 3], other[2, 3] = math.nan, 1000.0
    found = universality(a=scores(own), b=scores(other))
    row = found.frame().loc[("a", "b")]
    assert row["heads"] == 47
    assert row["pearson"] == pytest.approx(1)
    assert found.overlap(5)["overlap"].item() == 5


def test_the_chance_of_an_overlap_is_hypergeometric():
    assert within_layers.overlap_p(2.0, 4, 2) == pytest.approx(1 / 6)
    assert within_layers.overlap_p(1.0, 4, 2) == pytest.approx(5 / 6)
    assert within_layers.overlap_p(1.5, 4, 2) == pytest.approx(5 / 6)
    assert within_layers.overlap_p(0.0, 4, 2) == 1
    assert within_layers.overlap_p(4.0, 4, 10) == 1


def test_overlap_says_what_chance_gives_over_the_model_and_within_layers():
    """Both tops of 2 lie in layer 0 of 2 heads: there they cannot miss each other."""
    found = universality(
        a=scores([[0.9, 0.8], [0.1, 0.0]]), b=scores([[0.7, 0.9], [0.0, 0.3]])
    ).overlap(1, 2)
    both = found.loc[("a", "b", 2)]
    assert (both["overlap"], both["chance"], both["chance in layers"]) == (2, 1, 2)
    assert both["p"] == pytest.approx(1 / 6)
    one = found.loc[("a", "b", 1)]
    assert (one["overlap"], one["chance"], one["chance in layers"]) == (0, 0.25, 0.5)
    apart = universality(a=scores([[0.9, 0.8], [0.1, 0.0]]), b=scores([[0.1, 0.0], [0.7, 0.9]]))
    assert apart.overlap(2)["chance in layers"].item() == 0


def test_a_seed_gives_the_same_chances_and_another_seed_others():
    pair = {"a": scores(drawn(0)), "b": scores(drawn(1))}
    one, same, other = (
        p_values(universality(seed=seed, permutations=200, **pair)) for seed in (0, 0, 1)
    )
    assert one == same
    assert one != other


def test_models_of_a_family_correlate_with_each_other_and_not_with_another_family():
    one, other = drawn(0), drawn(1)
    found = universality(
        base=scores(one),
        chat=scores(one + 0.1 * drawn(2)),
        qwen=scores(other),
        alone=scores(drawn(3)),
    )
    table = found.families({"llama": ["base", "chat"], "qwen": ["qwen"], "other": ["alone"]})
    assert table["pairs"].to_dict() == {
        "within llama": 1, "within qwen": 0, "within other": 0, "across families": 5,
    }  # fmt: skip
    assert table.loc["within llama", "mean"] == found.matrix().loc["base", "chat"] > 0.9
    assert table.loc["across families", "max"] < 0.5
    across = [found.matrix().loc["base", "qwen"], found.matrix().loc["chat", "alone"]]
    assert table.loc["across families", "min"] <= min(across)


def test_every_model_belongs_to_one_family():
    found = universality(a=scores(drawn(0)), b=scores(drawn(1)))
    for names in ({"x": ["a"]}, {"x": ["a", "b"], "y": ["b"]}, {"x": ["a", "b", "c"]}):
        with pytest.raises(ValueError, match=r"put each of \['a', 'b'\] into one"):
            found.families(names)


def test_unequal_models_are_told_what_can_be_compared():
    with pytest.raises(ValueError, match=r"unequal models: got a 6 x 8, b 4 x 8.*sparsity"):
        universality(a=scores(drawn(0)), b=scores(drawn(1, (4, 8))))
    with pytest.raises(ValueError, match="unequal models"):
        intrinsicness(before=scores(drawn(0)), after=scores(drawn(1, (4, 8))))


def test_one_model_is_not_universal():
    with pytest.raises(ValueError, match="give two or more"):
        universality(a=scores(drawn(0)))


def test_later_checkpoints_are_held_against_the_one_before_and_not_each_other():
    own = drawn(0)
    found = intrinsicness(
        scores(own), permutations=200, chat=scores(own + 0.1 * drawn(1)), other=scores(drawn(2))
    )
    assert found.frame().index.tolist() == ["chat", "other"]
    assert found.frame().loc["chat", "pearson"] > 0.9
    assert found.frame().loc["other", "pearson p in layers"] > 0.05
    assert found.overlap(5, 10).index.tolist() == [
        ("chat", 5), ("chat", 10), ("other", 5), ("other", 10),
    ]  # fmt: skip


def test_heads_are_kept_lost_and_gained():
    found = intrinsicness(
        before=scores([[0.9, 0.5, 0.0, 0.0]]), after=scores([[0.8, 0.1, 0.6, 0.0]])
    )
    moves = found.moves(2).loc["after"]
    assert moves["fate"].to_dict() == {"L0H0": "kept", "L0H1": "lost", "L0H2": "gained"}
    assert moves.loc["L0H1", ["before", "after"]].tolist() == pytest.approx([0.5, 0.1])
    assert "L0H3" not in found.moves(4).loc["after"].index, "a head without a score is in no top"


def test_without_a_later_checkpoint_nothing_can_be_intrinsic():
    with pytest.raises(ValueError, match="got no later checkpoint"):
        intrinsicness(before=scores(drawn(0)))


@pytest.fixture(scope="module")
def random_models(tmp_path_factory):
    """Two models of one shape that have learnt nothing."""
    config = LlamaConfig(
        vocab_size=64, hidden_size=96, intermediate_size=64, num_hidden_layers=4,
        num_attention_heads=12, num_key_value_heads=12, initializer_range=0.3, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    folders = [tmp_path_factory.mktemp(f"random {seed}") for seed in range(2)]
    for seed, folder in enumerate(folders):
        torch.manual_seed(seed)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folders


@torch.no_grad()
def needle_mass(folder, noise=0.0):
    model = rh.load(folder)
    generator = torch.Generator().manual_seed(0)
    for _, weights in model.named_parameters():
        weights += noise * weights.std() * torch.randn(weights.shape, generator=generator)
    tokens = torch.randint(1, 64, (8, 40), generator=torch.Generator().manual_seed(1))
    needle = range(10, 16)
    cases = [
        rh.Case(row, row[10:16], needle, {"needle": i}, {"fact": (needle,)})
        for i, row in enumerate(tokens)
    ]
    return rh.score_heads(model, cases, rh.EvidenceMass(), answering=rh.TeacherForced())


def test_two_untrained_models_share_no_heads_and_one_little_changed_keeps_its_own(random_models):
    one, other = random_models
    own = needle_mass(one)
    assert min(p_values(universality(a=own, b=needle_mass(other)))) > 0.05
    changed = intrinsicness(before=own, after=needle_mass(one, noise=0.03))
    assert changed.frame().loc["after", "pearson p in layers"] < 0.01
