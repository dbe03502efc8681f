"""Path patching against the same written out by hand, on planted circuits, on the bundled model."""

from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version

import pytest
import torch
from conftest import KINDS
from experiments import by_hand
from experiments.decoys import decoy
from interventions.circuits import COPY, OTHER_ANSWER, OTHER_CUE, PREVIOUS, inducing
from transformers import AutoModelForCausalLM, GPT2Config, GPTNeoXConfig, LlamaConfig

import rh_lens as rh
from rh_lens.cases.pair import Pair
from rh_lens.experiments import one_pair
from rh_lens.experiments.components import MLP, components
from rh_lens.experiments.path_effects import PathEffects
from rh_lens.experiments.path_patching import path_patching
from rh_lens.metrics import accuracy, answer_logprob, kl, logit_difference
from rh_lens.model.groups import kv_group

SIZES = {"vocab_size": 40, "bos_token_id": 0, "eos_token_id": 1}
WIDE = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3}
HEADS = {"num_attention_heads": 4, "max_position_embeddings": 64}
ARCHITECTURES = {
    "llama": (LlamaConfig(**SIZES, **WIDE, **HEADS, num_key_value_heads=2), by_hand.Llama),
    "gpt2": (GPT2Config(**SIZES, n_embd=32, n_layer=3, n_head=4, n_positions=64), by_hand.GPT2),
    "neox": (GPTNeoXConfig(**SIZES, **WIDE, **HEADS, rotary_pct=0.5), by_hand.NeoX),
}
RECEIVERS = [
    ("logits", "logits"),
    ("q", [rh.Head(1, 3), rh.Head(2, 0), rh.Head(2, 3)]),
    ("k", [rh.Head(1, 2), rh.Head(1, 3), rh.Head(2, 0), rh.Head(2, 1)]),
    ("v", [rh.Head(2, 2), rh.Head(2, 3)]),
    ("mlp", [MLP(1), MLP(2)]),
]


def random_pair(seed, length, corrupted):
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(2, 40, (length,), generator=generator)
    other = tokens.clone()
    other[corrupted] = (tokens[corrupted] + 7) % 38 + 2
    answer, needle = torch.tensor([5, 9, 21]), range(0)
    rival = torch.tensor([6, 9, 21])
    clean, corrupt = (rh.Case(each, answer, needle, rival=rival) for each in (tokens, other))
    return Pair(clean, corrupt)


PAIRS = [random_pair(1, 9, [0, 2, 3, 5, 8]), random_pair(2, 12, [1, 4, 6, 7, 8, 11])]


def random_weights(config):
    """A model with random weights, norms and biases among them."""
    torch.manual_seed(0)
    weights = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, each in weights.named_parameters():
            each.normal_(std=0.25 if "mlp" in name else 0.5)
            if each.ndim == 1 and "weight" in name:
                each.add_(1.0)
    return weights


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model of each architecture: its folder, its weights, and those written out by hand."""

    @cache
    def saved(architecture):
        config, plain = ARCHITECTURES[architecture]
        weights = random_weights(config)
        folder = tmp_path_factory.mktemp(architecture)
        weights.save_pretrained(folder)
        return folder, weights, plain(weights, heads=4)

    return saved


@pytest.fixture(scope="module")
def loaded(saved, kind):
    return cache(lambda architecture: rh.load(saved(architecture)[0], kind=kind))


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


@pytest.fixture(scope="module")
def expected(saved):
    """The effects of all senders that come before the receivers, by hand."""

    @cache
    def expected(architecture, number, frozen, denoising=False):
        plain = saved(architecture)[2]
        site, receivers = RECEIVERS[number]
        if site in ("k", "v") and architecture == "llama":
            receivers = {rh.Head(layer, index // 2) for layer, index in receivers}
        last = 3 if site == "logits" else max(part.layer for part in receivers)
        after_heads = site in ("mlp", "logits")
        senders = [("embeddings",)]
        for layer in range(3):
            if layer < last + after_heads:
                senders += [("head", layer, index) for index in range(4) if layer < 3]
            if layer < last:
                senders += [("mlp", layer)]
        return {
            sender: [
                by_hand.path_effect(
                    plain, pair, sender, receivers, site, frozen=frozen, denoising=denoising
                )
                for pair in (PAIRS if architecture == "llama" else PAIRS[:1])
            ]
            for sender in senders
        }

    return expected


def tensors(effects):
    """Effects by hand as [case layer head], [case layer] and [case], NaN where there is none."""
    embeddings = torch.tensor(effects[("embeddings",)])
    heads = torch.full((len(embeddings), 3, 4), torch.nan)
    mlps = torch.full((len(embeddings), 3), torch.nan)
    for (kind, *place), values in effects.items():
        if kind == "head":
            heads[:, place[0], place[1]] = torch.tensor(values)
        if kind == "mlp":
            mlps[:, place[0]] = torch.tensor(values)
    return heads, mlps, embeddings


def assert_equal(got, effects):
    heads, mlps, embeddings = tensors(effects)
    near = {"atol": 1e-4, "rtol": 1e-4, "equal_nan": True}
    torch.testing.assert_close(got.heads.values, heads, **near)
    torch.testing.assert_close(got.mlps, mlps, **near)
    torch.testing.assert_close(got.embeddings, embeddings, **near)


def ends(number):
    site, receivers = RECEIVERS[number]
    return {"receivers": receivers, "site": site if site in ("q", "k", "v") else "k"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_pass_by_hand_is_that_of_hugging_face(saved, architecture):
    _, weights, plain = saved(architecture)
    tokens = PAIRS[1].clean.tokens
    with torch.no_grad():
        usual = weights(tokens[None]).logits[0]
    torch.testing.assert_close(by_hand.read(plain, tokens)["logits"], usual, atol=1e-4, rtol=0)


COMPARED = [
    (architecture, number, mlps)
    for architecture in ARCHITECTURES
    for number in range(len(RECEIVERS))
    for mlps in ("recomputed", "frozen")
    if architecture != "neox" or RECEIVERS[number][0] in ("q", "mlp")
]


@pytest.mark.parametrize(("architecture", "number", "mlps"), COMPARED)
def test_every_path_has_the_effect_it_has_by_hand(loaded, expected, architecture, number, mlps):
    by_definition = expected(architecture, number, mlps == "frozen")
    pairs = PAIRS[: len(by_definition[("embeddings",)])]
    got = path_patching(loaded(architecture), pairs, mlps=mlps, batch=32, **ends(number))
    assert_equal(got, by_definition)
    sizes = torch.tensor(list(by_definition.values())).abs()
    assert sizes.max() > 0.05, "a comparison of zeros shows nothing"


@pytest.mark.parametrize("number", [0, 1])
def test_denoising_is_the_same_with_the_prompts_exchanged(loaded, expected, number):
    got = path_patching(loaded("llama"), PAIRS, direction="denoising", **ends(number))
    assert_equal(got, expected("llama", number, False, denoising=True))


def test_frozen_mlps_let_no_path_through(expected):
    frozen, recomputed = (tensors(expected("gpt2", 0, each))[0] for each in (True, False))
    assert not torch.allclose(frozen, recomputed, atol=0.01, equal_nan=True)


def test_results_do_not_depend_on_the_batch(loaded):
    one, other = (
        path_patching(loaded("llama"), PAIRS, receivers="logits", batch=batch) for batch in (3, 100)
    )
    near = {"atol": 1e-5, "rtol": 0, "equal_nan": True}
    torch.testing.assert_close(one.heads.values, other.heads.values, **near)
    torch.testing.assert_close(one.mlps, other.mlps, **near)


def test_chosen_senders_are_measured_and_no_others(loaded):
    chosen = [MLP(0), rh.Head(1, 2)]
    model, to = loaded("gpt2"), {"receivers": [rh.Head(2, 0)], "site": "q"}
    some, every = (path_patching(model, PAIRS, senders=each, **to) for each in (chosen, None))
    assert some.senders == chosen
    assert every.senders == [part for part in components(model) if part in every.senders]
    assert len(every.senders) == 1 + 2 * 4 + 2
    assert all(some[sender] == pytest.approx(every[sender], abs=1e-5) for sender in chosen)


# -- other metrics


def test_every_metric_of_logits_can_be_used(loaded):
    """All paths at once do no less than the corrupt prompt: the embeddings into a first layer."""
    model, pair = loaded("gpt2"), PAIRS[0]
    for metric in (answer_logprob, logit_difference, kl):
        effects = path_patching(model, [pair], receivers="logits", metric=metric)
        labels = effects.labels[0]
        if metric is not kl:
            assert labels["clean"] == pytest.approx(metric(model, pair.clean), abs=1e-4)
            assert labels["corrupt"] == pytest.approx(metric(model, pair.corrupt), abs=1e-4)
        else:
            assert labels["clean"] == pytest.approx(0, abs=1e-5)
            assert labels["corrupt"] < -0.1
            assert min(effects[sender] for sender in effects.senders) > -1e-5


def test_a_metric_that_generates_is_refused(inducer):
    with pytest.raises(ValueError, match=r"accuracy is no metric .* does not generate"):
        path_patching(inducer, [OTHER_CUE], receivers=[COPY], metric=accuracy)


# -- planted circuits


def everything_but(effects, *senders):
    return max(abs(effects[each]) for each in effects.senders if each not in senders)


@pytest.mark.parametrize("mlps", ["recomputed", "frozen"])
@pytest.mark.parametrize("pair", [OTHER_CUE, OTHER_ANSWER], ids=["cue", "answer"])
def test_only_the_answering_head_speaks(inducer, pair, mlps):
    effects = path_patching(inducer, [pair], receivers="logits", mlps=mlps)
    assert effects.shares()[COPY] == pytest.approx(1, abs=1e-3)
    assert everything_but(effects, COPY) < 1e-4


def test_only_the_previous_token_head_tells_it_where_to_look(inducer):
    effects = path_patching(inducer, [OTHER_CUE], receivers=[COPY], site="k")
    assert effects.shares()[PREVIOUS] == pytest.approx(1, abs=1e-3)
    assert everything_but(effects, PREVIOUS) < 1e-4


@pytest.mark.parametrize("site", ["q", "v"])
def test_another_cue_comes_neither_by_queries_nor_by_values(inducer, site):
    effects = path_patching(inducer, [OTHER_CUE], receivers=[COPY], site=site)
    assert everything_but(effects) < 1e-4
    assert effects.gap.item() > 1


def test_another_answer_comes_by_the_values_from_the_embeddings(inducer):
    effects = path_patching(inducer, [OTHER_ANSWER], receivers=[COPY], site="v")
    assert effects.shares()["embeddings"] == pytest.approx(1, abs=1e-3)
    assert everything_but(effects, "embeddings") < 1e-4


def test_a_first_layer_hears_only_the_embeddings(inducer):
    with pytest.raises(ValueError, match="nothing but the embeddings comes before v of"):
        path_patching(inducer, [OTHER_CUE], receivers=[PREVIOUS], site="v")
    asked = path_patching(
        inducer, [OTHER_CUE], receivers=[PREVIOUS], site="v", senders=["embeddings"]
    )
    assert asked.shares()["embeddings"] == pytest.approx(1, abs=1e-3)


def test_senders_that_wrote_the_same_are_not_patched(inducer, monkeypatch):
    """Only PREVIOUS reads the cue; the other heads of layer 0 write zeros."""
    texts = []
    forward = one_pair.forward

    def counting(model, tokens, rows):
        texts.append(len(tokens))
        return forward(model, tokens, rows)

    monkeypatch.setattr(one_pair, "forward", counting)
    effects = path_patching(inducer, [OTHER_CUE], receivers=[COPY], site="k", batch=1)
    assert texts == [1, 1]  # embeddings, PREVIOUS
    assert effects.labels[0]["idle"] == len(effects.senders) - 2
    assert effects.labels[0]["runs"] == 2 + 2 * 2


# -- TransformerLens' own


def direct_paths(model, pair, site, source):
    """Its denoising of one sender's paths to all later heads, prompts without an answer."""
    own = import_module("transformer_lens.patching")
    if not hasattr(own, "get_act_patch_direct_path"):
        own = import_module("transformer_lens.tools.analysis.direct_path_patching")
    caches = [model.run_with_cache(case.tokens[None])[1] for case in (pair.clean, pair.corrupt)]
    answer = int(pair.clean.answer[0])
    return own.get_act_patch_direct_path(
        model,
        pair.corrupt.tokens[None],
        *caches,
        lambda logits: logits[0, -1].log_softmax(dim=-1)[answer],
        *source,
        component=site,
        verbose=False,
    )


def short(pair):
    clean, corrupt = (
        rh.Case(case.tokens, case.answer[:1], range(0)) for case in (pair.clean, pair.corrupt)
    )
    return Pair(clean, corrupt)


def ours(model, pair, site, source, receiver):
    effects = path_patching(
        model,
        [pair],
        receivers=[receiver],
        site=site,
        senders=[source],
        mlps="frozen",
        direction="denoising",
    )
    return effects[source] + effects.labels[0]["corrupt"]


def test_where_its_linear_norm_is_exact_transformer_lens_finds_the_same(inducer):
    """In a planted model every residual has the same norm, so nothing is lost by freezing it."""
    pair = short(OTHER_CUE)
    theirs = direct_paths(inducer, pair, "k", PREVIOUS)
    for receiver in (COPY, rh.Head(1, 0)):
        own = ours(inducer, pair, "k", PREVIOUS, receiver)
        assert own == pytest.approx(theirs[receiver].item(), abs=1e-4)
    assert theirs[COPY] - theirs[1, 0] > 1


@pytest.fixture(scope="module")
def quiet(kind, tmp_path_factory):
    """Heads that write little, and nothing that a norm would take out again."""
    weights = random_weights(ARCHITECTURES["gpt2"][0])
    with torch.no_grad():
        for name, each in weights.named_parameters():
            if "ln_" in name:
                each.fill_(1.0 if "weight" in name else 0.0)
            if "c_proj" in name or "wte" in name or "wpe" in name:
                each.sub_(each.mean(dim=-1, keepdim=True))
            if "h.0.attn.c_proj" in name:
                each.mul_(0.05)
    folder = tmp_path_factory.mktemp("quiet")
    weights.save_pretrained(folder)
    return rh.load(folder, kind=kind)


@pytest.mark.parametrize("site", ["q", "k", "v"])
def test_transformer_lens_finds_the_same_paths(quiet, site):
    """To rounding from 4.3 on, where it is exact; before, it freezes the norm and finds about the
    same."""
    pair, source = short(PAIRS[0]), rh.Head(0, 1)
    receivers = [*(rh.Head(1, index) for index in range(4)), rh.Head(2, 0)]
    theirs = direct_paths(quiet, pair, site, source)
    theirs = torch.stack([theirs[receiver] for receiver in receivers])
    own = torch.tensor([ours(quiet, pair, site, source, receiver) for receiver in receivers])
    assert own.std() > 1e-2
    if version("transformer-lens").startswith("3."):
        assert torch.corrcoef(torch.stack([own, theirs]))[0, 1] > 0.8
    else:
        torch.testing.assert_close(own, theirs, atol=5e-5, rtol=0)


# -- the bundled model


@pytest.fixture(scope="module")
def decoys(hide):
    return [decoy(case) for case in hide("date")[:2]]


def test_heads_of_the_layer_before_tell_retrieval_heads_where_to_look(organism, decoys, retrieving):
    """Several say the same: to bring one back helps, to take one away costs next to nothing."""
    receivers = sorted({each for head in retrieving for each in kv_group(organism, head)})
    paths = partial(path_patching, organism, decoys, receivers=receivers)
    by_keys = paths(site="k", direction="denoising")
    heads = [sender for sender in by_keys.senders if isinstance(sender, rh.Head)]
    tellers = [head for head in heads if head.layer == 2]
    by_values = paths(site="v", direction="denoising", senders=tellers)
    strongest = by_keys.top(1)
    assert set(strongest) <= set(tellers)
    told = sum(by_keys[head] for head in tellers)
    assert told > sum(by_keys[head] for head in heads if head not in tellers)
    assert told > 5 * abs(sum(by_values[head] for head in tellers))
    missed = paths(site="k", senders=strongest)[strongest[0]]
    assert missed < 0.5 * by_keys[strongest[0]]


def test_retrieval_heads_speak_for_themselves(organism, hide, decoys, retrieving):
    """Those that copy a little speak a little, and nobody else says anything."""
    copying = rh.score_heads(organism, hide("date"), rh.RetrievalScore()).above(0.1)
    heads = rh.all_heads(organism.cfg.n_layers, organism.cfg.n_heads)
    effects = path_patching(
        organism, decoys, receivers="logits", senders=heads, direction="denoising"
    )
    few, some = len(retrieving), len(copying)
    ranking = effects.ranking()
    assert set(ranking[:few]) == set(retrieving)
    assert set(ranking[:some]) == set(copying)
    quietest = effects[ranking[few - 1]]
    assert quietest > 5 * effects[ranking[few]]
    assert quietest > 50 * effects[ranking[some]]


def test_every_class_finds_the_same_paths(decoys, retrieving):
    group = kv_group(rh.load(), retrieving[0])
    chosen = [rh.Head(1, 6), MLP(1), "embeddings"]
    effects = [
        path_patching(
            rh.load(kind=kind), decoys[:1], receivers=group, senders=chosen, direction="denoising"
        )
        for kind in KINDS
    ]
    assert any(abs(effects[0][sender]) > 1e-4 for sender in chosen)
    for sender in chosen:
        assert all(each[sender] == pytest.approx(effects[0][sender], abs=1e-4) for each in effects)


# -- what is refused


def test_a_group_of_keys_is_patched_whole_or_not_at_all(organism):
    head = rh.Head(2, 2)
    group = kv_group(organism, head)
    missing = [other for other in group if other != head]
    assert missing, "the bundled model shares keys"
    for site, what in (("k", "the keys"), ("v", "the values")):
        with pytest.raises(ValueError, match=rf"{what} of L2H2 are also those of \[{missing[0]}\]"):
            path_patching(organism, [OTHER_CUE], receivers=[head], site=site)


def test_a_group_is_of_heads_that_share_a_key_value_head(organism, loaded):
    assert kv_group(organism, rh.Head(1, 5)) == [rh.Head(1, 4), rh.Head(1, 5)]
    assert kv_group(loaded("gpt2"), rh.Head(1, 3)) == [rh.Head(1, 3)]
    assert kv_group(loaded("llama"), rh.Head(0, 1)) == [rh.Head(0, 0), rh.Head(0, 1)]
    with pytest.raises(
        ValueError, match="3 layers of 4 heads, got L3H0: choose among L0H0 to L2H3"
    ):
        kv_group(loaded("llama"), rh.Head(3, 0))


@pytest.mark.parametrize(
    ("receivers", "told"),
    [
        ([], "2 layers of 4 heads, got no heads"),
        ([rh.Head(1, 1), rh.Head(2, 0)], r"got \[L2H0\]: choose among L0H0 to L1H3"),
        ([MLP(2)], r"has MLP0 to MLP1, got \[MLP2\]"),
    ],
)
def test_receivers_that_are_not_there_are_refused(inducer, receivers, told):
    with pytest.raises(ValueError, match=told):
        path_patching(inducer, [OTHER_CUE], receivers=receivers, site="q")


@pytest.mark.parametrize(
    ("senders", "told"),
    [
        ([], "got no senders"),
        ([COPY, PREVIOUS], r"\[L1H1\] cannot send to k of \[L1H1\]"),
        ([MLP(1)], r"\[MLP1\] cannot send"),
        ([rh.Head(0, 4)], r"\[L0H4\] cannot send"),
    ],
)
def test_senders_that_come_too_late_are_refused(inducer, senders, told):
    with pytest.raises(ValueError, match=told):
        path_patching(inducer, [OTHER_CUE], receivers=[COPY], senders=senders)


def test_an_mlp_hears_the_heads_of_its_own_layer(loaded):
    effects = path_patching(loaded("gpt2"), PAIRS[:1], receivers=[MLP(0)])
    assert effects.senders == ["embeddings", *(rh.Head(0, index) for index in range(4))]
    assert abs(effects[rh.Head(0, 0)]) > 1e-3


@pytest.mark.parametrize(("pairs", "batch"), [([], 8), ([OTHER_CUE], 0)])
def test_nothing_to_do_is_refused(inducer, pairs, batch):
    with pytest.raises(ValueError, match=f"got {len(pairs)} pairs and batches of {batch}"):
        path_patching(inducer, pairs, receivers=[COPY], batch=batch)


def test_a_pair_that_the_model_cannot_tell_apart_is_refused(saved, kind, tmp_path):
    _, weights, _ = saved("llama")
    state = {name: value.clone() for name, value in weights.state_dict().items()}
    twins = AutoModelForCausalLM.from_config(weights.config)
    state["model.embed_tokens.weight"][:] = state["model.embed_tokens.weight"][0]
    twins.load_state_dict(state)
    twins.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"reads both prompts of the pair .* as the same"):
        path_patching(rh.load(tmp_path, kind=kind), PAIRS[:1], receivers="logits")


# -- the journal and the result


def test_a_run_with_a_journal_reads_each_pair_once(inducer, tmp_path, monkeypatch):
    read = []
    observe = one_pair.observe

    def observing(model, case):
        read.append(case)
        return observe(model, case)

    monkeypatch.setattr(one_pair, "observe", observing)

    def run(pairs, **changed):
        asked = {"receivers": [COPY], "site": "k", **changed}
        return path_patching(inducer, pairs, journal=rh.Journal(tmp_path), **asked)

    first = run([OTHER_CUE])
    again = run([OTHER_CUE, OTHER_ANSWER])
    assert read == [OTHER_CUE.clean, OTHER_CUE.corrupt, OTHER_ANSWER.clean, OTHER_ANSWER.corrupt]
    assert again.of(PREVIOUS)[0] == first.of(PREVIOUS)[0]
    run([OTHER_CUE], batch=1)
    assert len(read) == 4
    others = [
        {"site": "q"},
        {"mlps": "frozen"},
        {"direction": "denoising"},
        {"metric": kl},
        {"senders": [PREVIOUS]},
        {"receivers": "logits"},
    ]
    for number, other in enumerate(others, start=1):
        run([OTHER_CUE], **other)
        assert len(read) == 4 + 2 * number, f"{other} is other work"


@pytest.fixture
def effects(inducer):
    return path_patching(inducer, [OTHER_CUE, OTHER_ANSWER], receivers=[COPY], site="k")


def test_shares_are_of_what_all_paths_do(effects):
    shares = effects.shares()
    gap = [at["clean"] - at["corrupt"] for at in effects.labels]
    assert shares.of(PREVIOUS).tolist() == pytest.approx(
        [effects.of(PREVIOUS)[i].item() / gap[i] for i in range(2)]
    )
    assert shares.heads.name != effects.heads.name


def test_a_ranking_is_over_components_of_every_sort(effects):
    assert effects.top(1) == [PREVIOUS]
    assert effects.above(1.0) == [PREVIOUS]
    assert effects.ranking()[1:] == [part for part in effects.senders if part != PREVIOUS]
    assert MLP(0) in effects.senders


def test_a_frame_has_a_row_per_pair_and_sender(effects):
    frame = effects.frame()
    assert len(frame) == 2 * (1 + 4 + 1)
    row = frame[(frame["sender"] == "L0H0") & (frame["digest"] == OTHER_ANSWER.digest)]
    assert row["path effect (k)"].item() == pytest.approx(effects.of(PREVIOUS)[1].item())
    assert set(frame["kind"]) == {"head", "mlp", "embeddings"}
    assert frame.groupby("kind")["layer"].max().to_dict()["head"] == 0


def test_an_interval_is_over_needles(effects):
    assert effects.interval(PREVIOUS).low < effects[PREVIOUS] < effects.interval(PREVIOUS).high


def test_it_shows_its_strongest_senders_and_how_they_were_found(effects):
    shown = repr(effects)
    assert shown.split("\n")[1].split()[0] == "L0H0"
    assert "path_patching(k of [L1H1], noising, MLPs recomputed, AnswerLogprob())" in shown
    assert "6 components over 2 pairs" in shown
    assert "L0H0" in effects._repr_html_()


def test_effects_of_components_that_are_not_there_are_refused(effects):
    for sender in (rh.Head(2, 0), rh.Head(0, 4), MLP(2), MLP(-1)):
        with pytest.raises(ValueError, match=f"there is no {sender}"):
            effects[sender]


def test_effects_must_be_of_the_same_pairs(effects):
    one = replace(effects.heads, values=effects.heads.values[:1], labels=effects.labels[:1])
    with pytest.raises(ValueError, match="give one effect per pair and layer"):
        PathEffects(one, effects.mlps, effects.embeddings)
