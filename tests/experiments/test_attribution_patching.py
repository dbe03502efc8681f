"""Attribution patching estimates what patching shows, at a fraction of its cost."""

from importlib import import_module
from importlib.metadata import version

import pytest
import torch
from experiments.circuit_pairs import (
    ANSWER,
    GROUPED,
    UNGROUPED,
    pair_on,
    random_model,
    rank_correlation,
)
from interventions.circuits import COPY, copying
from transformers import GPT2Config, GPT2LMHeadModel

import rh_lens as rh
from rh_lens.cases.decoys import decoy_answer
from rh_lens.cases.pairs import pairs
from rh_lens.experiments.activation_patching import activation_patching, patching_by_span
from rh_lens.experiments.attribution_patching import attribution_by_span, attribution_patching
from rh_lens.experiments.two_runs import two_runs
from rh_lens.metrics import accuracy, kl, logit_difference
from rh_lens.model.forward import forward
from rh_lens.model.gradient import gradient
from rh_lens.model.hooks import hooked
from rh_lens.model.swap import Swap, swapping

SITES = ["z", "q", "k", "v", "pattern"]
BOTH = ["denoising", "noising"]
STEMMED = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
FLAT = 1e8  # a layer norm with so much added to its variance is linear


@pytest.fixture(scope="module")
def grouped(kind, tmp_path_factory):
    return random_model(GROUPED, kind, tmp_path_factory.mktemp("grouped"))


@pytest.fixture(scope="module")
def ungrouped(tmp_path_factory):
    return random_model(UNGROUPED, "bridge", tmp_path_factory.mktemp("ungrouped"))


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The same in one class, for what does not depend on it."""
    return copying("bridge", tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def linear(kind, tmp_path_factory):
    """One layer whose heads add up to the logits, with nothing bent after them."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=40,
        n_embd=32,
        n_layer=1,
        n_head=4,
        n_positions=64,
        initializer_range=0.2,
        layer_norm_epsilon=FLAT,
    )
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "ln_" in name and name.endswith("weight"):
                weights.fill_(FLAT**0.5)
        model.transformer.h[0].mlp.c_proj.weight.zero_()
    folder = tmp_path_factory.mktemp("linear")
    model.save_pretrained(folder)
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def hidden(tokenizer):
    """Bundled needles against other answers, which the bundled model tells apart."""
    return [
        pair
        for needle in rh.needles()
        if needle.kind == "date"
        for pair in pairs(
            tokenizer,
            needle,
            decoy_answer(tokenizer, needle),
            rh.Haystack(),
            [130],
            [0.5],
            prompt=STEMMED,
        )
    ][:2]


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize(("site", "steps"), [("z", None), ("z", 2), ("v", None)])
def test_what_is_linear_is_estimated_exactly(linear, site, steps, direction):
    pair = pair_on(linear)
    how = {"site": site, "direction": direction, "metric": logit_difference}
    exact = activation_patching(linear, [pair], **how)
    estimate = attribution_patching(linear, [pair], steps=steps, **how)
    assert torch.allclose(estimate.values, exact.values, atol=1e-3)
    assert exact.values.std() > 0.05


def test_what_is_linear_adds_up_to_all_there_is(linear):
    """The two texts end alike, so nothing tells them apart at their end but by a head."""
    heads = attribution_patching(linear, [pair_on(linear)], metric=logit_difference)
    assert heads.values.sum().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("site", [*SITES, "residual", "mlp"])
def test_the_slope_is_what_a_small_change_shows(grouped, site):
    """Both ways, a thousandth of the difference between the runs, in one layer at a time."""
    runs = two_runs(grouped, pair_on(grouped), site, "denoising", logit_difference)
    slope = gradient(grouped, runs.tokens, runs.rows, site, runs.measure)
    for layer in range(2):
        swap = Swap(layer, torch.ones(runs.own.shape[1:-1], dtype=torch.bool))
        ends = []
        for step in (1e-3, -1e-3):
            nearby = runs.own + step * (runs.source - runs.own)
            with torch.no_grad(), hooked(grouped, swapping(grouped, site, [swap], nearby)):
                ends.append(runs.measure(forward(grouped, runs.tokens[None], runs.rows)).item())
        along = ((runs.source - runs.own)[layer] * slope[layer]).sum().item()
        assert (ends[0] - ends[1]) / 2e-3 == pytest.approx(along, rel=0.02, abs=0.02)


@pytest.mark.parametrize("site", [*SITES, "residual", "mlp"])
def test_a_probe_changes_nothing_that_is_said(grouped, site):
    runs = two_runs(grouped, pair_on(grouped), site, "denoising", logit_difference)
    said = []

    def number(logits):
        said.append(logits.detach())
        return runs.measure(logits)

    gradient(grouped, runs.tokens, runs.rows, site, number)
    with torch.no_grad():
        assert torch.equal(said[0], forward(grouped, runs.tokens[None], runs.rows))


def test_another_beginning_is_another_text(grouped):
    """At the far end of the line between two texts stands the other text."""
    runs = two_runs(grouped, pair_on(grouped), "residual", "denoising", logit_difference)
    own = gradient(grouped, runs.others, runs.rows, "z", runs.measure)
    begun = gradient(grouped, runs.tokens, runs.rows, "z", runs.measure, beginning=runs.source[0])
    assert torch.allclose(own, begun, atol=1e-5)
    assert not torch.allclose(own, gradient(grouped, runs.tokens, runs.rows, "z", runs.measure))


def test_it_ranks_heads_of_the_bundled_model_as_patching_does(organism, hidden):
    """Among heads that do next to nothing, ranks are chance; the figures themselves agree."""
    exact = activation_patching(organism, hidden, batch=16)
    estimate = attribution_patching(organism, hidden)
    assert rank_correlation(exact.mean, estimate.mean) > 0.4
    both = torch.stack([exact.mean.flatten(), estimate.mean.flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.8
    assert set(exact.top(2)) == set(estimate.top(2))
    assert estimate.provenance["cost"] == {"forward": 6, "backward": 2}
    assert exact.provenance["cost"] == {"forward": 4 + 2 * 32, "backward": 0}


@pytest.mark.parametrize(
    ("site", "direction"),
    [("residual", "denoising"), ("residual", "noising"), ("mlp", "denoising"), ("z", "denoising")],
)
def test_integrated_gradients_come_nearer_on_random_models(ungrouped, site, direction):
    how = {"site": site, "direction": direction, "metric": logit_difference}
    some = [pair_on(ungrouped, seed=seed) for seed in range(3)]
    exact = patching_by_span(ungrouped, some, **how).values
    plain = attribution_by_span(ungrouped, some, **how).values
    steps = attribution_by_span(ungrouped, some, steps=5, **how).values
    assert rank_correlation(exact, steps) > 0.8
    assert (exact - steps).abs().nanmean() < (exact - plain).abs().nanmean()


@pytest.mark.parametrize("site", SITES)
def test_every_site_of_a_head_is_ranked_much_as_patching_does(ungrouped, site):
    some = [pair_on(ungrouped, seed=seed) for seed in range(3)]
    how = {"site": site, "metric": logit_difference}
    exact = activation_patching(ungrouped, some, **how)
    estimate = attribution_patching(ungrouped, some, steps=5, **how)
    assert rank_correlation(exact.values, estimate.values) > 0.6


@pytest.mark.parametrize("site", ["k", "v"])
def test_shared_keys_and_values_are_estimated_by_group(grouped, site):
    how = {"site": site, "metric": logit_difference, "heads": [rh.Head(1, 2), rh.Head(1, 3)]}
    found = attribution_patching(grouped, [pair_on(grouped)], **how)
    assert found.values.shape == (1, 2, 2)
    assert found.ranking() == [rh.Head(1, 1)]


@pytest.mark.parametrize("direction", BOTH)
def test_integrated_gradients_of_the_embeddings_add_up_to_the_whole_way(ungrouped, direction):
    pair = pair_on(ungrouped)
    found = [
        attribution_by_span(
            ungrouped, [pair], spans=["all"], direction=direction, metric=logit_difference, steps=n
        ).values[0, 0, 0]
        for n in (2, 32)
    ]
    whole = 1.0 if direction == "denoising" else 0.0
    assert found[1].item() == pytest.approx(whole, abs=0.02)
    assert abs(found[1] - whole) <= abs(found[0] - whole)


def test_spans_share_out_the_estimate(ungrouped):
    pair = pair_on(ungrouped)
    parts = attribution_by_span(ungrouped, [pair], site="z", metric=logit_difference)
    heads = attribution_patching(ungrouped, [pair], metric=logit_difference)
    assert torch.allclose(parts.values.sum(dim=2), heads.values.sum(dim=2), atol=1e-4)
    last = attribution_patching(ungrouped, [pair], metric=logit_difference, spans=["last"])
    assert last.mean.sum(dim=1).tolist() == pytest.approx(parts.at("last").tolist(), abs=1e-4)


def test_the_head_that_copies_is_found_at_a_glance(copier):
    found = attribution_patching(copier, [ANSWER], metric=logit_difference)
    assert found.above(0.1) == [COPY]
    others = found.values[0].flatten().abs().sort().values[:-1]
    assert others.max() < 1e-3


def test_a_journal_tells_steps_apart(one, tmp_path):
    def run(steps):
        journal = rh.Journal(tmp_path)
        return attribution_patching(
            one, [ANSWER], metric=logit_difference, steps=steps, journal=journal
        )

    first, stepped, again = run(None), run(3), run(None)
    assert first.provenance["cost"] == again.provenance["cost"] == {"forward": 3, "backward": 1}
    assert stepped.provenance["cost"] == {"forward": 7, "backward": 3}
    assert first.values.equal(again.values)
    assert not first.values.equal(stepped.values)


@pytest.mark.parametrize("trainable", [True, False])
def test_the_model_is_left_as_it_was(grouped, trainable):
    parameters = [weights for _, weights in grouped.named_parameters()]
    before = [weights.requires_grad for weights in parameters]
    try:
        for weights in parameters:
            weights.requires_grad_(trainable)
        with torch.set_grad_enabled(False):
            attribution_patching(grouped, [pair_on(grouped)], metric=logit_difference, steps=2)
            attribution_by_span(grouped, [pair_on(grouped)], metric=logit_difference)
            assert not torch.is_grad_enabled()
        assert all(weights.grad is None for weights in parameters)
        assert all(weights.requires_grad is trainable for weights in parameters)
    finally:
        for weights, had in zip(parameters, before, strict=True):
            weights.requires_grad_(had)


def test_what_cannot_be_estimated_is_refused(one):
    with pytest.raises(ValueError, match="accuracy generates"):
        attribution_patching(one, [ANSWER], metric=accuracy)
    with pytest.raises(ValueError, match="steps is 0"):
        attribution_patching(one, [ANSWER], steps=0)
    with pytest.raises(ValueError, match="kl is at its best in the clean run"):
        attribution_by_span(one, [ANSWER], metric=kl, direction="noising")
    with pytest.raises(ValueError, match="'mlp' belongs to no head"):
        attribution_patching(one, [ANSWER], site="mlp")


def test_kl_can_be_estimated_from_the_corrupt_run_and_in_between(one):
    assert attribution_patching(one, [ANSWER], metric=kl).above(0.01) == [COPY]
    noised = attribution_patching(one, [ANSWER], metric=kl, direction="noising", steps=8)
    assert noised.ranking()[-1] == COPY


@pytest.mark.skipif(
    version("transformer-lens").startswith("3."),
    reason="TransformerLens has its own from 4.0 on: un-skip when 3.x is no longer supported",
)
@pytest.mark.parametrize("config", [GROUPED, UNGROUPED])
def test_it_is_what_transformer_lens_estimates(config, tmp_path):
    own = import_module("transformer_lens.tools.analysis.attribution_patching")
    model = random_model(config, "bridge", tmp_path)
    pair = pair_on(model)

    def metric(logits):
        said = logits.reshape(-1, logits.shape[-1])[None, -1:]
        return logit_difference.of(said, pair.clean, said[0])[0]

    scores = own.attribution_patch(
        model, pair.clean.tokens[None], pair.corrupt.tokens[None], metric
    ).node_scores
    heads, layers = torch.zeros(2, 4), torch.zeros(2)
    for node, score in scores.items():
        if node.kind == "attn_head_out":
            heads[node.layer, node.head] += float(score)
        if node.kind == "mlp_out":
            layers[node.layer] += float(score)
    found = attribution_patching(model, [pair], metric=logit_difference)
    mlps = attribution_by_span(model, [pair], site="mlp", metric=logit_difference, spans=["all"])
    gap = found.labels[0]["clean"] - found.labels[0]["corrupt"]
    assert torch.allclose(found.values[0] * gap, heads, atol=1e-4)
    assert torch.allclose(mlps.at("all") * gap, layers, atol=1e-4)
    assert heads.abs().max() > 0.1
