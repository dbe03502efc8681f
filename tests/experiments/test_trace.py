"""How heads copied a needle: where the circuit was planted, by hand, and in the bundled model."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from interventions.circuits import CASE, COPY, PREVIOUS, copying, inducing
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    Qwen3Config,
)

import rh_lens as rh
from rh_lens.experiments.feeding import visible_scores
from rh_lens.experiments.shares import told
from rh_lens.experiments.trace import trace
from rh_lens.model.attending import Attending

GROUPED = {
    "vocab_size": 40,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
GPT2 = GPT2Config(
    vocab_size=40, n_embd=64, n_layer=2, n_head=8, n_positions=512, initializer_range=0.3
)
PROMPT = torch.randint(2, 40, (200,), generator=torch.Generator().manual_seed(1))
FAR = rh.Case(PROMPT, PROMPT[20:24], range(20, 24))  # the reply is a chunk of a prefill away
HEADS = [rh.Head(1, 3), rh.Head(0, 1), rh.Head(1, 7)]
FORCED = rh.TeacherForced()


@pytest.fixture(scope="module")
def inducer(kind, tmp_path_factory):
    """A model in which PREVIOUS tells COPY where to look."""
    return inducing(kind, tmp_path_factory.mktemp("inducing"))


@pytest.fixture(scope="module")
def induction(inducer):
    return trace(inducer, CASE, [COPY], answering=rh.Greedy())


@pytest.fixture(scope="module")
def scores(organisms, answered):
    """Which heads of the bundled model retrieve, on one case."""
    return rh.score_heads(organisms, answered[:1], rh.RetrievalScore())


@pytest.fixture
def saved(kind, tmp_path):
    """A small model of random weights, biases and gains too, and the same in TransformerLens."""

    def saved(config, kind=kind):
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        with torch.no_grad():
            for weights in model.parameters():
                if weights.ndim == 1:
                    weights.add_(0.3 * torch.randn_like(weights))
        model.save_pretrained(tmp_path)
        return model, rh.load(tmp_path, kind=kind)

    return saved


def share(shares, found, part):
    return shares[..., found.parts.index(str(part))]


def only(shares, found, part):
    """Whether a part alone gave anything."""
    others = [i for i, name in enumerate(found.parts) if name != str(part)]
    return bool((shares[..., others].abs() < 1e-3 * shares.abs().max()).all())


def test_an_induction_head_is_sent_by_the_previous_token_head_and_the_token_it_stands_on(induction):
    assert induction.scores.min() > 1
    assert only(induction.by_key, induction, PREVIOUS)
    torch.testing.assert_close(share(induction.by_key, induction, PREVIOUS), induction.scores)
    assert only(induction.by_query, induction, "embeddings")
    torch.testing.assert_close(share(induction.by_query, induction, "embeddings"), induction.scores)


def test_an_induction_head_writes_each_logit_alone_from_the_token_it_looks_at(induction):
    assert induction.found
    assert induction.copied.all()
    assert only(induction.logit_parts, induction, COPY)
    torch.testing.assert_close(induction.write[0], induction.logit)
    torch.testing.assert_close(
        induction.writes[0, :, 4:7], torch.diag(induction.logit), atol=1e-4, rtol=0
    )
    assert induction.attention[0, :, 4:7].diag().min() > 0.99
    assert induction.top.tolist() == [list(CASE.needle)] == induction.looked_at.tolist()


def test_a_head_that_copies_by_itself_is_sent_by_the_embeddings_alone(kind, tmp_path):
    found = trace(copying(kind, tmp_path), CASE, [COPY])
    assert only(found.by_key, found, "embeddings")
    assert only(found.by_query, found, "embeddings")


def test_the_table_says_who_looked_at_what_and_was_sent_by_whom(induction):
    frame = induction.frame()
    assert len(frame) == len(CASE.needle)
    assert (
        frame["said"].tolist() == frame["token"].tolist() == [str(t) for t in CASE.answer.tolist()]
    )
    assert frame["at"].tolist() == list(CASE.needle)
    assert set(frame["head"]) == {str(COPY)}
    assert set(frame["key_from"]) == {str(PREVIOUS)}
    assert set(frame["query_from"]) == {"embeddings"}
    assert frame["write"].tolist() == pytest.approx(induction.logit.tolist())
    all_alike = torch.eye(len(induction.parts))[-1] * 1e6  # what is in every text sends nobody
    biased = replace(induction, by_key=induction.by_key + all_alike)
    assert set(biased.frame()["key_from"]) == {str(PREVIOUS)}
    assert "said '234', which is the needle at 5 to 7" in repr(induction)


def test_the_window_is_the_needle_and_its_neighbourhood_within_the_prompt(induction):
    assert induction.window == range(1, 12)
    assert induction.seen == tuple(map(str, CASE.tokens[1:12].tolist()))
    assert induction.attention.shape == (1, 3, 11)


def test_a_wrong_reply_is_traced_and_told_from_a_right_one(inducer):
    hoped = rh.Case(CASE.tokens, torch.tensor([5, 6, 7]), CASE.needle)
    found = trace(inducer, hoped, [COPY], answering=rh.Greedy(max_new_tokens=3))
    assert not found.found
    assert found.copied.all()
    assert "which is not the needle" in repr(found)


def test_a_look_at_a_token_that_is_not_said_or_beside_the_needle_is_no_copy(inducer):
    said_else = rh.Case(CASE.tokens, torch.tensor([2, 9, 4]), CASE.needle)
    found = trace(inducer, said_else, [COPY], answering=FORCED)
    assert found.copied.tolist() == [[True, False, False]]
    for part, copied in (
        (CASE.needle[1:], [False, True, True]),
        (CASE.needle[:2], [True, True, False]),
    ):
        beside = rh.Case(CASE.tokens, CASE.answer, part)
        assert trace(inducer, beside, [COPY]).copied.tolist() == [copied]


def test_copies_are_those_that_retrieval_scores_count(organisms, answered, scores):
    case = answered[0]
    heads = [*scores.top(2), rh.Head(0, 0)]
    found = trace(organisms, case, heads)
    assert found.found
    for head, top, copied in zip(heads, found.top, found.copied, strict=True):
        share = len(set(top[copied].tolist())) / len(case.needle)
        assert share == pytest.approx(scores[head])
    looked = [found.seen[at - found.window.start] for at in found.looked_at[0].tolist()]
    assert looked[: len(case.needle)] == list(found.said[: len(case.needle)])


def test_the_parts_of_the_bundled_model_add_up(organisms, answered, scores):
    case = answered[1]
    found = trace(organisms, case, scores.top(2), margin=len(case))
    torch.testing.assert_close(found.logit_parts.sum(dim=-1), found.logit, atol=1e-4, rtol=0)
    torch.testing.assert_close(found.by_key.sum(dim=-1), found.scores, atol=1e-3, rtol=0)
    torch.testing.assert_close(found.by_query.sum(dim=-1), found.scores, atol=1e-3, rtol=0)
    assert share(found.by_key, found, "biases").abs().max() < 1e-3, "it has none"
    # at the first step no reply can be looked at, so the window is all there is to see
    torch.testing.assert_close(found.writes.sum(dim=-1)[:, 0], found.write[:, 0], atol=1e-4, rtol=0)


def test_the_logits_are_those_of_the_model(organisms, answered):
    case = answered[0]
    found = trace(organisms, case, [COPY], answering=FORCED)
    with torch.no_grad():
        logits = organisms(torch.cat([case.tokens, case.answer])[None])[0, len(case) - 1 : -1]
    said = logits.gather(1, case.answer[:, None])[:, 0]
    torch.testing.assert_close(found.logit, said, atol=1e-3, rtol=0)


@torch.no_grad()
def by_hand(model, case, head):
    """What each head of layer 0 gives to the scores of one of layer 1 (by key, by query) and to the
    logits, in a GPT-2 of 8 heads."""
    ends = []
    handle = model.transformer.ln_f.register_forward_pre_hook(lambda _, args: ends.append(args[0]))
    tokens = torch.cat([case.tokens, case.answer])[None, :-1]
    seen = model(tokens, output_attentions=True, output_hidden_states=True)
    handle.remove()
    first, second = model.transformer.h
    rows, needle = list(range(len(case) - 1, tokens.shape[1])), list(case.needle)

    def projected(layer, stream, which):
        joint = layer.attn.c_attn(layer.ln_1(stream)).chunk(3, dim=-1)[which]
        return joint[0].view(-1, 8, 8).transpose(0, 1)  # head pos d_head

    def held(norm, parts, stream):
        scale = (stream[0].var(dim=-1, unbiased=False, keepdim=True) + norm.eps).sqrt()
        return norm.weight * (parts - parts.mean(dim=-1, keepdim=True)) / scale

    gathered = seen.attentions[0][0] @ projected(first, seen.hidden_states[0], 2)
    output = first.attn.c_proj.weight.view(8, 8, 64)
    wrote = torch.einsum("hpd,hdm->hpm", gathered, output)  # head pos d_model
    places = seen.attentions[1][0, head, rows][:, needle].argmax(dim=-1) + needle[0]
    query, key = (projected(second, seen.hidden_states[1], which)[head] for which in (0, 1))
    weights = second.attn.c_attn.weight.view(64, 3, 8, 8)[:, :, head]  # d_model 3 d_head
    sent = held(second.ln_1, wrote, seen.hidden_states[1])
    by_key = ((sent[:, places] @ weights[:, 1]) * query[rows]).sum(dim=-1) / 8**0.5
    by_query = ((sent[:, rows] @ weights[:, 0]) * key[places]).sum(dim=-1) / 8**0.5
    towards = model.lm_head.weight[case.answer]
    logit = (held(model.transformer.ln_f, wrote, ends[0])[:, rows] * towards).sum(dim=-1)
    return by_key.T, by_query.T, logit.T


def test_what_the_heads_of_a_gpt2_give_is_what_its_weights_say(saved):
    plain, model = saved(GPT2)
    found = trace(model, FAR, HEADS, answering=FORCED)
    heads = [found.parts.index(f"L0H{index}") for index in range(8)]
    for number in (0, 2):
        by_key, by_query, logit = by_hand(plain, FAR, HEADS[number].index)
        torch.testing.assert_close(found.by_key[number][:, heads], by_key, atol=1e-4, rtol=0)
        torch.testing.assert_close(found.by_query[number][:, heads], by_query, atol=1e-4, rtol=0)
        torch.testing.assert_close(found.logit_parts[:, heads], logit, atol=1e-4, rtol=0)
        assert by_key.abs().max() > 0.1, "a comparison of zeros shows nothing"


def test_a_head_is_not_fed_by_what_comes_after_it(saved):
    _, model = saved(GPT2)
    found = trace(model, FAR, HEADS, answering=FORCED)
    fed = {name for name, given in zip(found.parts, found.by_key[1, 0], strict=True) if given}
    assert fed == {"embeddings", "biases"}, "L0H1 reads nothing else"
    fed = {name for name, given in zip(found.parts, found.by_key[0, 0], strict=True) if given}
    assert fed == {"embeddings", *(f"L0H{index}" for index in range(8)), "MLP0", "biases"}


def test_parts_add_up_with_grouped_keys_wherever_the_needle_is(saved):
    _, model = saved(LlamaConfig(**GROUPED))
    for needle in (range(20, 24), range(195, 200), range(199, 200), range(200)):
        case = rh.Case(PROMPT, PROMPT[needle.start : needle.stop][:3], needle)
        found = trace(model, case, HEADS, answering=FORCED, margin=200)
        assert found.remarks == ()
        close = partial(torch.testing.assert_close, atol=1e-4, rtol=0)
        close(found.by_key.sum(dim=-1), found.scores)
        close(found.by_query.sum(dim=-1), found.scores)
        close(found.logit_parts.sum(dim=-1), found.logit)
        close(found.writes.sum(dim=-1)[:, 0], found.write[:, 0])


def test_norms_of_queries_and_keys_leave_what_fed_a_head_untold_and_say_so(saved):
    _, model = saved(Qwen3Config(**GROUPED, head_dim=8))
    found = trace(model, FAR, HEADS, answering=FORCED)
    assert found.by_key.isnan().all()
    assert found.by_query.isnan().all()
    torch.testing.assert_close(found.logit_parts.sum(dim=-1), found.logit, atol=1e-4, rtol=0)
    assert found.attention.sum() > 0
    (remark,) = found.remarks
    assert remark.startswith("What fed L1H3, L0H1, L1H7 is NaN")
    assert remark in repr(found)
    assert found.frame()["key_from"].isna().all()


def test_a_norm_behind_each_part_leaves_what_is_written_untold_even_for_one_token(saved):
    _, model = saved(Gemma2Config(**GROUPED, head_dim=8), kind="bridge")
    for at in (20, 199):  # at the last token, needle and reply are one and the same position
        case = rh.Case(PROMPT, PROMPT[at : at + 1], range(at, at + 1))
        found = trace(model, case, HEADS, answering=FORCED)
        assert found.logit_parts.isnan().all()
        assert found.writes.isnan().all()
        assert found.by_key[0].isnan().all()
        assert found.remarks[0].startswith("What was written is NaN")


def test_a_needle_out_of_sight_has_no_score(saved):
    _, model = saved(MistralConfig(**GROUPED, sliding_window=24))
    found = trace(model, FAR, HEADS, answering=FORCED)
    assert found.attention.sum() == 0
    assert found.scores.isnan().all()
    assert found.by_key.isnan().all()
    near = rh.Case(PROMPT, PROMPT[-4:], range(196, 200))
    assert trace(model, near, HEADS, answering=FORCED).remarks == ()


def test_a_score_is_told_if_the_softmax_of_scores_is_the_attention_and_the_row_sees_it():
    scores = torch.tensor([[1.0, 2.0, -1e30], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    pattern = scores.softmax(dim=-1)
    pattern[1] *= 0.4  # the rest went to a learnt sink
    pattern[2] = pattern[2].flip(0)
    attention = Attending(0, scores=[scores[None, None]], patterns=[pattern[None, None]])
    told = visible_scores(attention, 0, [2, 2, 2])
    assert told.isnan().tolist() == [True, False, True]
    assert visible_scores(attention, 0, [0, 1, 1])[:2].tolist() == [1.0, 2.0]


def test_shares_are_told_if_they_add_up():
    shares = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert told(shares, torch.tensor([3.0, 7.1])).tolist() == shares.tolist()
    assert told(shares, torch.tensor([3.0, 7.5])).isnan().all()
    assert told(shares, torch.tensor([3.0, torch.nan])).isnan().tolist() == [
        [False] * 2,
        [True] * 2,
    ]


def test_a_trace_leaves_the_model_as_it_was(organisms, answered):
    before = organisms(answered[0].tokens[None])
    trace(organisms, answered[0], [COPY])
    torch.testing.assert_close(organisms(answered[0].tokens[None]), before, atol=0, rtol=0)
    assert all(weights.grad is None for _, weights in organisms.named_parameters())


def test_a_head_named_twice_is_traced_once(organism, answered):
    assert trace(organism, answered[0], [COPY, COPY]).heads == (COPY,)


def test_what_cannot_be_traced_says_why(organism, answered):
    case = answered[0]
    bare = rh.Case(case.tokens, case.answer, range(0))
    with pytest.raises(ValueError, match="has no needle to copy"):
        trace(organism, bare, [COPY])
    with pytest.raises(ValueError, match="no heads: choose among L0H0"):
        trace(organism, case, [])
    with pytest.raises(ValueError, match=r"L9H0\]: choose among L0H0"):
        trace(organism, case, [rh.Head(9, 0)])
    with pytest.raises(ValueError, match="margin is -1"):
        trace(organism, case, [COPY], margin=-1)
