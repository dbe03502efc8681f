"""The circuit finder finds what was planted, all of it and nothing else."""

import math

import networkx as nx
import pytest
import torch
from experiments.decoys import decoy
from interventions.circuits import CASE, COPY, OTHER_ANSWER, OTHER_CUE, PREVIOUS, copying, inducing
from transformers import AutoModelForCausalLM, LlamaConfig

import rh_lens as rh
from rh_lens.cases.pair import Pair
from rh_lens.experiments import one_pair
from rh_lens.experiments.circuit import circuit
from rh_lens.experiments.components import MLP, components
from rh_lens.experiments.path_patching import path_patching
from rh_lens.metrics import accuracy, logit_difference
from rh_lens.model.groups import kv_group

PLANTED = {  # what differs between the prompts: the paths by which the answer learns of it
    "cue": (
        OTHER_CUE,
        {("embeddings", PREVIOUS, "v"), (PREVIOUS, COPY, "k"), (COPY, "logits", "logits")},
    ),
    "answer": (
        OTHER_ANSWER,
        {
            ("embeddings", PREVIOUS, "v"),
            ("embeddings", COPY, "v"),
            (PREVIOUS, COPY, "k"),
            (COPY, "logits", "logits"),
        },
    ),
}


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


@pytest.fixture(scope="module")
def grouped(kind, tmp_path_factory):
    """A random model of two layers, whose heads share keys and values in pairs."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        initializer_range=0.4,
        bos_token_id=0,
        eos_token_id=1,
    )
    folder = tmp_path_factory.mktemp("grouped")
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def mixed(grouped):
    """A pair of which the model likes the clean prompt better."""
    tokens = torch.randint(2, 40, (10,), generator=torch.Generator().manual_seed(2))
    other = tokens.roll(1)
    answer = torch.tensor([5, 11])
    likes = [
        rh.answer_logprob(grouped, rh.Case(each, answer, range(0))) for each in (tokens, other)
    ]
    best, worst = (tokens, other) if likes[0] > likes[1] else (other, tokens)
    return Pair(rh.Case(best, answer, range(0)), rh.Case(worst, answer, range(0)))


@pytest.fixture(scope="module")
def wide(grouped, mixed):
    """A walk through everything that does something, MLPs included."""
    return circuit(grouped, [mixed], threshold=0.02, mlps="frozen", sites=["q", "v"])


def edges(graph):
    return set(graph.edges(keys=True))


@pytest.mark.parametrize(("corrupted", "mlps"), [("cue", "recomputed"), ("answer", "frozen")])
def test_the_graph_is_what_was_planted_and_nothing_else(inducer, corrupted, mlps):
    pair, planted = PLANTED[corrupted]
    graph = circuit(inducer, [pair], mlps=mlps, threshold=0.01)
    assert edges(graph) == planted
    assert set(graph) == {node for edge in planted for node in edge[:2]}
    assert graph.edges[COPY, "logits", "logits"]["share"] == pytest.approx(1, abs=1e-3)


def test_a_head_that_needs_no_cue_has_no_head_behind_it(kind, tmp_path):
    graph = circuit(copying(kind, tmp_path), [OTHER_ANSWER], metric=logit_difference)
    assert edges(graph) == {(COPY, "logits", "logits"), ("embeddings", COPY, "v")} | {
        ("embeddings", COPY, "k")
    }


def test_either_direction_finds_the_same_planted_graph(inducer):
    pair, planted = PLANTED["cue"]
    assert edges(circuit(inducer, [pair], direction="denoising")) == planted


def test_an_edge_holds_what_path_patching_finds(inducer):
    graph = circuit(inducer, [OTHER_CUE, OTHER_ANSWER])
    found = path_patching(inducer, [OTHER_CUE, OTHER_ANSWER], receivers=[COPY], site="k")
    edge = graph.edges[PREVIOUS, COPY, "k"]
    assert edge["effect"] == pytest.approx(found[PREVIOUS], abs=1e-5)
    assert edge["share"] == pytest.approx(found[PREVIOUS] / found.gap.mean().item(), abs=1e-5)
    assert (edge["low"], edge["high"]) == pytest.approx(found.interval(PREVIOUS), abs=1e-5)
    assert edge["low"] < edge["effect"] < edge["high"]


def test_one_needle_has_no_interval(inducer):
    edge = circuit(inducer, [OTHER_CUE]).edges[PREVIOUS, COPY, "k"]
    assert math.isnan(edge["low"])
    assert math.isnan(edge["high"])


def test_keys_and_values_are_walked_by_whole_groups(grouped, mixed):
    head = rh.Head(1, 2)
    graph = circuit(grouped, [mixed], receivers=[head], depth=1, threshold=1e-3)
    ends = {"q": [head], "k": kv_group(grouped, head), "v": kv_group(grouped, head)}
    assert set(graph) == {head, *graph.predecessors(head)}
    for site, receivers in ends.items():
        own = path_patching(grouped, [mixed], receivers=receivers, site=site)
        found = {
            sender: at["effect"]
            for sender, _, to, at in graph.edges(keys=True, data=True)
            if to == site
        }
        assert found == pytest.approx({sender: own[sender] for sender in found}, abs=1e-5)
        assert len(found) > 3


@pytest.fixture
def observed(monkeypatch):
    """The prompts that were read undisturbed: two for each pair and measurement."""
    read = []
    observe = one_pair.observe

    def observing(model, case):
        read.append(case)
        return observe(model, case)

    monkeypatch.setattr(one_pair, "observe", observing)
    return read


def test_two_heads_of_a_group_share_one_measurement(grouped, mixed, observed):
    heads = [rh.Head(1, 2), rh.Head(1, 3)]
    graph = circuit(grouped, [mixed], receivers=heads, sites=["k", "v"], depth=1, threshold=1e-3)
    assert len(observed) == 2 * 2
    one, other = (
        {
            (sender, site): at["effect"]
            for sender, _, site, at in graph.in_edges(head, data=True, keys=True)
        }
        for head in heads
    )
    assert one == other
    assert one


def test_mlps_are_walked_through(wide):
    before_first = {"embeddings", *(rh.Head(0, index) for index in range(4))}
    senders = {sender for sender, to, site in edges(wide) if to == MLP(0) and site == "mlp"}
    assert senders
    assert senders <= before_first
    assert (MLP(0), MLP(1), "mlp") in edges(wide)


def test_every_edge_leads_to_what_acts_later(wide):
    stage = nx.get_node_attributes(wide, "stage")
    assert len(wide) > 8
    assert all(stage[sender] < stage[to] for sender, to in wide.edges())
    assert all(nx.has_path(wide, node, "logits") for node in wide)


def test_a_walk_is_the_same_each_time(grouped, mixed, wide):
    again = circuit(grouped, [mixed], threshold=0.02, mlps="frozen", sites=["q", "v"], batch=50)
    assert list(again.edges(keys=True)) == list(wide.edges(keys=True))


def test_a_threshold_is_a_share_of_either_sign(grouped, mixed):
    every = circuit(grouped, [mixed], depth=1, threshold=1e-6)
    shares = {edge[:3]: edge[3]["share"] for edge in every.edges(keys=True, data=True)}
    sizes = sorted(abs(share) for share in shares.values())
    middle = sizes[len(sizes) // 2]
    some = circuit(grouped, [mixed], depth=1, threshold=middle)
    assert edges(some) == {edge for edge, share in shares.items() if abs(share) >= middle}
    assert any(share < 0 for share in shares.values()), "a test of both signs needs both"
    assert len(edges(some)) < len(edges(every))


def test_the_strongest_senders_are_kept(grouped, mixed):
    every = circuit(grouped, [mixed], depth=1, threshold=1e-6)
    one = circuit(grouped, [mixed], depth=1, threshold=1e-6, top=1)
    [kept] = one.edges(keys=True, data=True)
    assert abs(kept[3]["share"]) == max(
        abs(found["share"]) for *_, found in every.edges(keys=True, data=True)
    )


def test_a_walk_of_so_many_steps_leaves_the_rest_unexamined(inducer):
    graph = circuit(inducer, [OTHER_CUE], depth=2)
    assert edges(graph) == {(PREVIOUS, COPY, "k"), (COPY, "logits", "logits")}
    examined = nx.get_node_attributes(graph, "examined")
    assert examined == {"logits": True, COPY: True, PREVIOUS: False}


def test_it_says_how_it_was_obtained_and_what_it_took(inducer, monkeypatch):
    texts = []
    forward = one_pair.forward

    def counting(model, tokens, rows):
        texts.append(len(tokens))
        return forward(model, tokens, rows)

    monkeypatch.setattr(one_pair, "forward", counting)
    graph = circuit(inducer, [OTHER_CUE], threshold=0.02, depth=4)
    said = graph.graph
    measured = 1 + 3 + 3  # the logits, three inputs of each of two heads
    patched = sum(texts)  # of the logits in one pass, of heads in two
    assert said["runs"] == 2 * measured + 2 * patched - texts[0]
    assert "path_patching(the logits, noising, MLPs recomputed, AnswerLogprob())" in said["scorer"]
    assert "threshold=0.02, top=None, depth=4" in said["scorer"]
    assert said["pairs"] == [OTHER_CUE.digest]
    assert said["model"]["n_heads"] == 4
    assert said["runs"] <= measured * (2 + 2 * len(components(inducer)))


def test_a_run_with_a_journal_goes_on_where_it_was_stopped(inducer, tmp_path, observed):
    circuit(inducer, [OTHER_CUE], depth=1, journal=rh.Journal(tmp_path))
    assert len(observed) == 2
    whole = circuit(inducer, [OTHER_CUE], journal=rh.Journal(tmp_path))
    assert len(observed) == 2 * 7
    again = circuit(inducer, [OTHER_CUE], journal=rh.Journal(tmp_path))
    assert len(observed) == 2 * 7
    assert list(whole.edges(keys=True, data="effect")) == list(
        again.edges(keys=True, data="effect")
    )


def test_the_bundled_model_looks_with_retrieval_heads_where_the_layer_before_says(
    organism, hide, retrieving
):
    pairs = [decoy(case) for case in hide("date")[1:2]]
    graph = circuit(
        organism,
        pairs,
        sites=["k"],
        threshold=0.003,
        top=len(retrieving) + 1,
        depth=2,
        direction="denoising",
    )
    assert set(graph.predecessors("logits")) >= set(retrieving)
    for head in retrieving:
        told = {
            sender: graph.edges[sender, head, "k"]["share"] for sender in graph.predecessors(head)
        }
        assert max(told, key=told.get).layer == 2


def test_pairs_that_corrupt_nothing_are_refused(inducer):
    backwards = Pair(OTHER_CUE.corrupt, CASE)
    with pytest.raises(ValueError, match="nothing to explain"):
        circuit(inducer, [backwards])


def test_a_metric_that_generates_is_refused(inducer):
    with pytest.raises(ValueError, match="does not generate"):
        circuit(inducer, [OTHER_CUE], metric=accuracy)


@pytest.mark.parametrize(
    "limits", [{"threshold": 0.0}, {"top": 0}, {"depth": 0}, {"sites": []}], ids=str
)
def test_limits_that_let_nothing_or_everything_through_are_refused(inducer, limits):
    with pytest.raises(ValueError, match="give a threshold above 0"):
        circuit(inducer, [OTHER_CUE], **limits)


def test_no_pairs_are_refused(inducer):
    with pytest.raises(ValueError, match="got 0 pairs"):
        circuit(inducer, [])
