"""Patching finds what carries the answer: on circuits where that is known, and as by hand."""

from dataclasses import replace

import pytest
import torch
from conftest import KINDS
from experiments.circuit_pairs import ANSWER, CUE, GROUPED, pair_on, random_model
from interventions.circuits import CASE, COPY, PREVIOUS, copying, inducing
from transformer_lens import patching

import rh_lens as rh
from rh_lens.cases.decoys import decoy_answer, decoy_cue
from rh_lens.cases.pair import Pair
from rh_lens.cases.pairs import pairs
from rh_lens.experiments import activation_patching as patching_here
from rh_lens.experiments import two_runs
from rh_lens.experiments.activation_patching import activation_patching, patching_by_span
from rh_lens.experiments.indirect_effect import causal_retrieval_effect
from rh_lens.experiments.nothing import NothingScored
from rh_lens.metrics import accuracy, answer_logprob, kl, logit_difference, told_answer
from rh_lens.model.forward import forward

METRICS = [answer_logprob, logit_difference, kl]
SOME = [rh.Head(1, 6), rh.Head(2, 2), rh.Head(2, 4)]
BOTH = ["denoising", "noising"]
HEAD_SITES = ["z", "q", "k", "v", "pattern"]
STEMMED = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
THEIR_SWEEPS = {
    "z": patching.get_act_patch_attn_head_out_all_pos,
    "q": patching.get_act_patch_attn_head_q_all_pos,
    "k": patching.get_act_patch_attn_head_k_all_pos,
    "v": patching.get_act_patch_attn_head_v_all_pos,
    "pattern": patching.get_act_patch_attn_head_pattern_all_pos,
}


@pytest.fixture(scope="module")
def copier(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The same in one class, for what does not depend on it."""
    return copying("bridge", tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


def only(head, direction):
    """One head goes all the way, and no other anywhere."""
    denoised = torch.zeros(2, 4)
    denoised[head] = 1
    return denoised if direction == "denoising" else 1 - denoised


@pytest.fixture(scope="module")
def hidden(tokenizer):
    """A bundled needle against a decoy of each kind, which the bundled model tells apart."""
    (needle,) = [needle for needle in rh.needles() if "glass bridge" in needle.fact]
    return [
        pair
        for decoy in (decoy_answer(tokenizer, needle), decoy_cue(tokenizer, needle))
        for pair in pairs(tokenizer, needle, decoy, rh.Haystack(), [200], [0.5], prompt=STEMMED)
    ]


@pytest.fixture(scope="module")
def grouped(kind, tmp_path_factory):
    """Four query heads share two of keys and values."""
    return random_model(GROUPED, kind, tmp_path_factory.mktemp("grouped"))


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("metric", METRICS)
def test_another_answer_is_carried_by_the_head_that_copies_alone(copier, metric, direction):
    found = activation_patching(copier, [ANSWER], metric=metric, direction=direction)
    assert torch.allclose(found.values[0], only(COPY, direction), atol=1e-3)


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("site", ["z", "v"])
def test_another_answer_is_in_the_values_of_the_head_that_copies(inducer, site, direction):
    found = activation_patching(
        inducer, [ANSWER], site=site, metric=logit_difference, direction=direction
    )
    assert torch.allclose(found.values[0], only(COPY, direction), atol=1e-3)


@pytest.mark.parametrize("site", ["q", "k", "pattern"])
def test_another_answer_changes_nothing_about_where_a_head_looks(inducer, site):
    found = activation_patching(inducer, [ANSWER], site=site)
    assert found.values.abs().max() < 1e-3


def test_another_cue_is_told_by_the_previous_token_head_after_the_cue(inducer):
    """It writes the cue into the first token of the answer, where the copying head looks it up."""
    everywhere = activation_patching(inducer, [CUE])
    assert sorted(everywhere.above(0.5)) == [PREVIOUS, COPY]
    at = {name: activation_patching(inducer, [CUE], spans=[name]) for name in ("cue", "answer")}
    assert at["answer"][PREVIOUS] == pytest.approx(everywhere[PREVIOUS], abs=1e-4)
    assert at["cue"][PREVIOUS] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("site", ["k", "pattern"])
def test_another_cue_changes_where_the_copying_head_looks(inducer, site):
    assert activation_patching(inducer, [CUE], site=site).above(0.5) == [COPY]


def test_several_spans_are_patched_together(inducer):
    """COPY acts at the last position, PREVIOUS in the answer."""
    found = activation_patching(inducer, [CUE], spans=["answer", "last"])
    everywhere = activation_patching(inducer, [CUE])
    assert torch.allclose(found.values, everywhere.values, atol=1e-4)
    assert activation_patching(inducer, [CUE], spans=["last"])[COPY] == pytest.approx(
        everywhere[COPY], abs=1e-4
    )


def test_the_answer_moves_from_its_place_to_the_end(inducer):
    found = patching_by_span(inducer, [ANSWER])
    assert found.spans == ("before", "cue", "answer", "after", "last")
    assert found.at("answer").tolist() == pytest.approx([1, 1], abs=1e-3)
    # the answer's tokens but the last are also told at the end: they are the same in both
    assert found.mean.sum(dim=1).tolist() == pytest.approx([1, 1], abs=1e-3)


def test_another_cue_moves_into_the_answer_behind_it(inducer):
    found = patching_by_span(inducer, [CUE])
    assert found.at("cue").tolist() == pytest.approx([1, 0], abs=1e-3)
    assert found.at("answer").tolist() == pytest.approx([0, 1], abs=1e-3)


def test_the_bundled_model_brings_the_answer_to_its_end_in_the_layer_that_retrieves(
    organisms, hidden, retrieving
):
    """What tells the cues apart has by then moved from the cue to the answer's place."""
    residual = patching_by_span(organisms, hidden)
    written = patching_by_span(organisms, hidden, site="z", spans=["answer", "last"])
    answer, cue = residual.values
    at = {span: number for number, span in enumerate(residual.spans)}
    there = retrieving[0].layer
    assert answer[0, at["answer"]] == pytest.approx(1, abs=1e-4)
    assert cue[0, at["cue"]] == pytest.approx(1, abs=1e-4)
    for entering in (answer[there], cue[there]):
        assert entering[at["answer"]] > 0.9
        assert entering[at["last"]].abs() < 0.1
    assert cue[there, at["cue"]] < 0.3
    assert (written.values[:, there, 1] > 0.9).all()
    assert (written.values[:, :there, 1].abs() < 0.1).all()


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("metric", [answer_logprob, kl])
def test_patching_everything_goes_all_the_way(organism, hidden, metric, direction):
    found = patching_by_span(organism, hidden, spans=["all"], metric=metric, direction=direction)
    whole = 1.0 if direction == "denoising" else 0.0
    assert found.values.flatten().tolist() == pytest.approx([whole] * 8, abs=1e-4)


@pytest.mark.parametrize("direction", BOTH)
def test_patching_what_is_alike_goes_nowhere_and_costs_nothing(organism, hidden, direction):
    found = patching_by_span(organism, hidden[:1], spans=["before"], direction=direction)
    assert found.values.unique().tolist() == [0.0 if direction == "denoising" else 1.0]
    labels = found.labels[0]
    assert (labels["idle"], labels["forward"]) == (4, 2)


def test_one_direction_is_the_other_with_the_runs_exchanged(inducer):
    """Clean into corrupt is the same run, whichever of the two is called clean."""
    there = activation_patching(inducer, [ANSWER], metric=logit_difference)
    swapped = {"answer": CASE.rival, "rival": CASE.answer}
    exchanged = Pair(replace(ANSWER.corrupt, **swapped), replace(ANSWER.clean, **swapped))
    back = activation_patching(inducer, [exchanged], metric=logit_difference, direction="noising")
    assert torch.allclose(back.values, 1 - there.values, atol=1e-3)


def test_patching_of_z_is_the_causal_retrieval_effect_on_another_scale(organism, hidden):
    effect = causal_retrieval_effect(organism, hidden, heads=SOME)
    found = activation_patching(organism, hidden, heads=SOME)
    for number, labels in enumerate(found.labels):
        gap = labels["clean"] - labels["corrupt"]
        for head in SOME:
            expected = effect.values[number][head].item() / gap
            assert found.values[number][head].item() == pytest.approx(expected, abs=1e-4)
    assert found.values.isnan().sum() == (32 - 3) * 2


def theirs(sweep, model, pair):
    """TransformerLens' own functions, which run one patch at a time, on our scale."""
    (clean, rows), (corrupt, _) = told_answer(pair.clean), told_answer(pair.corrupt)

    def metric(logits):
        said = logits[:, rows.start :]
        return logit_difference.of(said, pair.clean, said[0])[0]

    with torch.no_grad():
        logits, cache = model.run_with_cache(clean[None])
        ends = metric(logits), metric(model(corrupt[None]))
        patched = sweep(model, corrupt[None], cache, metric)
    return ((patched - ends[1]) / (ends[0] - ends[1])).cpu()


@pytest.mark.parametrize("site", HEAD_SITES)
def test_it_agrees_with_transformer_lens(grouped, site):
    pair = pair_on(grouped)
    expected = theirs(THEIR_SWEEPS[site], grouped, pair)
    found = activation_patching(grouped, [pair], site=site, metric=logit_difference)
    assert torch.allclose(found.values[0], expected, atol=1e-4)
    assert expected.abs().max() > 0.05


@pytest.mark.parametrize(
    ("site", "sweep"),
    [("residual", patching.get_act_patch_resid_pre), ("mlp", patching.get_act_patch_mlp_out)],
)
def test_a_span_of_one_token_agrees_with_transformer_lens(grouped, site, sweep):
    pair = pair_on(grouped)
    expected = theirs(sweep, grouped, pair)
    found = patching_by_span(grouped, [pair], site=site, metric=logit_difference)
    for span, position in (("answer", 4), ("last", 11)):
        assert torch.allclose(found.at(span), expected[:, position], atol=1e-4)
    assert found.at("last").abs().max() > 0.05


@pytest.mark.parametrize(
    ("site", "layer", "span"),
    [("z", 0, "answer"), ("z", 1, "last"), ("k", 1, "answer"), ("pattern", 1, "last")],
)
def test_all_heads_of_a_layer_can_be_patched_by_span(inducer, site, layer, span):
    """For another cue: written into the answer, looked up there from the end, and carried there."""
    found = patching_by_span(inducer, [CUE], site=site)
    expected = torch.zeros(2, 5)
    expected[layer, found.spans.index(span)] = 1
    if site == "z":
        assert found.at(span)[layer] == pytest.approx(1, abs=1e-3)
    else:
        assert torch.allclose(found.mean, expected, atol=1e-3)


@pytest.mark.parametrize("site", ["z", "k", "pattern"])
def test_the_batch_changes_nothing(grouped, site):
    pair = pair_on(grouped)
    found = [
        activation_patching(grouped, [pair], site=site, batch=batch).values for batch in (1, 3, 64)
    ]
    assert torch.allclose(found[0], found[1], atol=1e-4)
    assert torch.allclose(found[0], found[2], atol=1e-4)
    assert found[0].unique().numel() == found[0].numel()


def test_every_class_finds_the_same(hidden):
    found = [activation_patching(rh.load(kind=kind), hidden[:1], heads=SOME) for kind in KINDS]
    assert all(
        torch.allclose(each.values, found[0].values, atol=1e-3, equal_nan=True) for each in found
    )


@pytest.mark.parametrize("site", ["k", "v"])
def test_shared_keys_and_values_are_scored_by_group(grouped, site):
    pair = pair_on(grouped)
    found = activation_patching(grouped, [pair], site=site, metric=logit_difference)
    assert found.values.shape == (1, 2, 2)
    assert found.name == f"{site} activation patching by KV group"
    both = [rh.Head(1, 2), rh.Head(1, 3)]
    named = activation_patching(grouped, [pair], site=site, metric=logit_difference, heads=both)
    assert named.ranking() == [rh.Head(1, 1)]
    assert named[rh.Head(1, 1)] == pytest.approx(found[rh.Head(1, 1)], abs=1e-4)


def test_one_query_head_of_a_group_has_no_keys_of_its_own(grouped):
    with pytest.raises(ValueError, match=r"is shared by groups of 2 .* \[L1H2\] .* \[L1H3\] too"):
        activation_patching(grouped, [pair_on(grouped)], site="k", heads=[rh.Head(1, 2)])


def test_heads_that_share_nothing_are_named_one_by_one(one):
    found = activation_patching(one, [ANSWER], site="v", heads=[COPY])
    assert found.ranking() == [COPY]
    assert found.name == "v activation patching"


def test_a_pair_without_a_gap_is_not_measured(one):
    """COPY looks for no cue, so another one changes nothing."""
    found = activation_patching(one, [ANSWER, CUE])
    assert found.values[1].isnan().all()
    assert found.labels[1]["remark"].startswith("not measured: the metric is ")
    assert [labels["found"] for labels in found.labels] == [True, False]
    assert found.labels[0]["remark"] is None
    assert found.labels[1]["forward"] == 2
    assert found[COPY] == pytest.approx(1, abs=1e-3)


def test_a_corrupt_run_that_is_better_is_not_measured(one):
    exchanged = Pair(ANSWER.corrupt, ANSWER.clean)
    with pytest.raises(NothingScored, match=r"none of 1 pairs .*\n  the metric is -\d"):
        activation_patching(one, [exchanged])


def test_no_gap_at_all_is_an_error_with_figures(one):
    with pytest.raises(NothingScored, match=r"none of 2 pairs earned a result(.|\n)*clean and"):
        activation_patching(one, [CUE, CUE])


def test_a_stretch_that_a_pair_does_not_have_is_not_measured(one):
    bare = Pair(replace(ANSWER.clean, spans={}), replace(ANSWER.corrupt, spans={}))
    found = patching_by_span(one, [ANSWER, bare])
    cue = found.spans.index("cue")
    assert found.values[1, :, cue].isnan().all()
    assert not found.values[0].isnan().any()
    assert not found.values[1, :, found.spans.index("answer")].isnan().any()


@pytest.fixture
def reads(monkeypatch):
    """How many texts are read at a time."""
    read = []

    def counting(model, tokens, rows):
        read.append(len(tokens))
        return forward(model, tokens, rows)

    for module in (two_runs, patching_here):
        monkeypatch.setattr(module, "forward", counting)
    return read


@pytest.mark.parametrize("patch", [activation_patching, patching_by_span])
def test_a_span_that_a_pair_does_not_have_is_refused_before_anything_is_run(one, patch, reads):
    bare = Pair(replace(ANSWER.clean, spans={}), replace(ANSWER.corrupt, spans={}))
    with pytest.raises(ValueError, match="no stretch 'cue'"):
        patch(one, [ANSWER, bare], spans=["cue"])
    assert not reads


@pytest.mark.parametrize("patch", [activation_patching, patching_by_span])
def test_what_cannot_be_patched_is_refused(one, patch):
    with pytest.raises(ValueError, match="accuracy generates"):
        patch(one, [ANSWER], metric=accuracy)
    with pytest.raises(ValueError, match="got no pairs"):
        patch(one, [])
    with pytest.raises(ValueError, match="got no spans"):
        patch(one, [ANSWER], spans=[])
    with pytest.raises(ValueError, match="batch is 0"):
        patch(one, [ANSWER], batch=0)


def test_the_residual_stream_belongs_to_no_head(one):
    with pytest.raises(ValueError, match="'residual' belongs to no head"):
        activation_patching(one, [ANSWER], site="residual")


def test_a_head_that_is_not_there_is_refused(one):
    with pytest.raises(ValueError, match="2 layers of 4 heads, got"):
        activation_patching(one, [ANSWER], heads=[rh.Head(2, 0)])


def test_a_pair_without_a_rival_has_no_logit_difference(one):
    bare = Pair(replace(ANSWER.clean, rival=None), replace(ANSWER.corrupt, rival=None))
    with pytest.raises(ValueError, match="needs a case with a rival"):
        activation_patching(one, [bare], metric=logit_difference)


def test_the_cost_counts_every_text_read(one):
    found = activation_patching(one, [ANSWER, CUE], heads=[COPY, PREVIOUS], batch=1)
    assert found.provenance["cost"] == {"forward": 2 + 2 + 2, "backward": 0}
    layers = patching_by_span(one, [ANSWER, ANSWER])
    read = sum(labels["forward"] for labels in layers.labels)
    assert f"cost: {read} texts read, 0 of them back" in repr(layers)
    assert [2 + 10 - labels["idle"] for labels in layers.labels] == [read / 2] * 2


def test_a_run_with_a_journal_reads_once(one, tmp_path, reads):
    def run(**changed):
        how = {"heads": [COPY], "journal": rh.Journal(tmp_path), **changed}
        return activation_patching(one, [ANSWER], **how)

    first = run()
    assert sum(reads) == 3 == first.provenance["cost"]["forward"]
    again = run(batch=3)
    assert sum(reads) == 3
    assert torch.equal(again.values.nan_to_num(9), first.values.nan_to_num(9))
    assert again.labels == first.labels
    for number, changed in enumerate(
        [
            {"site": "v"},
            {"direction": "noising"},
            {"metric": kl},
            {"spans": ["last"]},
            {"heads": [PREVIOUS]},
        ]
    ):
        run(**changed)
        assert sum(reads) == 3 * (number + 2), changed


def test_scores_by_span_make_a_table_and_a_frame(one):
    labelled = Pair(
        replace(ANSWER.clean, labels={"depth": 0.5}), replace(ANSWER.corrupt, labels={})
    )
    found = patching_by_span(one, [labelled, ANSWER])
    frame = found.frame()
    assert len(frame) == 2 * 2 * 5
    row = frame[(frame.layer == 1) & (frame.span == "answer")].iloc[0]
    assert row["residual activation patching"] == pytest.approx(
        found.values[0, 1, found.spans.index("answer")].item()
    )
    assert found.where(depth=0.5).values.shape == (1, 2, 5)
    assert "mean over the 2 of 2 cases measured" in repr(found)
    assert "<table" in found._repr_html_()
    with pytest.raises(ValueError, match="no span 'question'"):
        found.at("question")
    with pytest.raises(ValueError, match="no case has the labels"):
        found.where(depth=0.25)
