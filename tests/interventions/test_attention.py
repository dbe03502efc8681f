"""Interventions on attention: what each makes of a head's pattern, by hand."""

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.knockout import Knockout
from rh_lens.interventions.query_zero import QueryZero
from rh_lens.interventions.sink_attention import SinkAttention
from rh_lens.interventions.streaming import Streaming
from rh_lens.model.context import empty
from rh_lens.model.forward import forward
from rh_lens.model.record import recording

HEADS = [rh.Head(0, 1), rh.Head(2, 2), rh.Head(2, 5)]
LENGTH = 48
TOKENS = torch.randint(10, 2000, (LENGTH,), generator=torch.Generator().manual_seed(5))
CASE = rh.Case(TOKENS[:-3], TOKENS[-3:], needle=range(6, 11), spans={"fact": (range(4, 12),)})
VISIBLE = torch.ones(LENGTH, LENGTH).tril().bool()


def patterns(model, change=None):
    with recording(model, "pattern") as seen:
        forward(model, TOKENS[None], range(1))
    usual = seen.of("pattern")
    if change is None:
        return usual
    with change.on(model, CASE), recording(model, "pattern") as seen:
        forward(model, TOKENS[None], range(1))
    return seen.of("pattern"), usual


def test_a_parked_head_looks_at_the_first_token_only(organisms):
    parked, usual = patterns(organisms, SinkAttention(HEADS))
    for head in HEADS:
        assert torch.equal(parked[head][:, 0], torch.ones(LENGTH))
    torch.testing.assert_close(parked[0, 0], usual[0, 0])


def test_hidden_positions_lose_their_attention_and_the_others_share_it_in_proportion(organisms):
    hidden, usual = patterns(organisms, Knockout(HEADS, hidden="needle"))
    seen = torch.ones(LENGTH)
    seen[6:11] = 0
    left = usual[0, 1] * seen
    by_hand = left / left.sum(dim=-1, keepdim=True)
    torch.testing.assert_close(hidden[0, 1], by_hand, atol=1e-5, rtol=0)
    assert (hidden[2, 2][:, 6:11] == 0).all()


def test_a_span_is_hidden_by_name(organisms):
    by_name, _ = patterns(organisms, Knockout(HEADS, hidden="fact"))
    by_hand, _ = patterns(organisms, Knockout(HEADS, hidden=range(4, 12)))
    assert torch.equal(by_name, by_hand)


def test_a_shortened_sight_is_of_the_beginning_and_of_the_last_tokens(organisms):
    short, _ = patterns(organisms, Streaming(HEADS, sinks=2, recent=3))
    row, key = torch.arange(LENGTH)[:, None], torch.arange(LENGTH)
    within = VISIBLE & ((key < 2) | (row - key < 3))
    for head in HEADS:
        assert (short[head][within] > 0).all()
        assert (short[head][~within] == 0).all()


@torch.no_grad()
def test_a_shortened_sight_is_the_same_in_chunks(organisms):
    tokens = torch.randint(10, 2000, (300,), generator=torch.Generator().manual_seed(6))
    with Streaming(HEADS, sinks=4, recent=16).on(organisms):
        at_once = forward(organisms, tokens[None], range(250, 300))[0]
        context = empty(organisms)
        context.read(tokens[:250])
        torch.testing.assert_close(context.say(tokens[250:]), at_once, atol=1e-4, rtol=0)


def test_a_head_without_queries_looks_at_all_alike(organisms):
    """No bias, no norm of queries, no distance penalty in this model."""
    asking_nothing, _ = patterns(organisms, QueryZero(HEADS))
    level = VISIBLE / torch.arange(1, LENGTH + 1)[:, None]
    for head in HEADS:
        torch.testing.assert_close(asking_nothing[head], level, atol=1e-6, rtol=0)


def test_a_position_that_would_see_nothing_is_named(organisms):
    with (
        pytest.raises(ValueError, match="position 0 sees nothing"),
        Knockout(HEADS, hidden=range(3)).on(organisms),
    ):
        forward(organisms, TOKENS[None], range(1))


def test_the_first_token_can_be_hidden_from_later_ones(organisms):
    late, usual = patterns(organisms, Knockout(HEADS, hidden=range(1), scope=range(5, LENGTH)))
    assert (late[2, 2][5:, 0] == 0).all()
    assert torch.equal(late[2, 2][:5], usual[2, 2][:5])


BAD = [
    (Knockout(HEADS, hidden=range(60, 70)), "outside|have 48 tokens"),
    (Knockout(HEADS, hidden="answers"), "no span 'answers'"),
    (Knockout(HEADS, hidden=range(4, 4)), "range of positions"),
    (Streaming(HEADS, sinks=2, recent=0), "at least"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_what_cannot_be_hidden_is_refused(organisms, change, message):
    with pytest.raises(ValueError, match=message), change.on(organisms, CASE):
        pass


def test_a_named_span_needs_the_case(organisms):
    with (
        pytest.raises(ValueError, match="depends on the case"),
        Knockout(HEADS, "needle").on(organisms),
    ):
        pass


def test_decoding_blind_is_what_zeroed_rotated_queries_do_to_the_last_tokens(organisms):
    """The released code's own way: rotated queries of the masked heads are set to zero while it
    decodes, which begins with the prompt's last token."""
    first = len(CASE) - 1

    def zero_queries(queries, hook):
        queries[:, first:, [2, 5]] = 0
        return queries

    with organisms.hooks(fwd_hooks=[("blocks.2.attn.hook_rot_q", zero_queries)]):
        by_hand = forward(organisms, TOKENS[None], range(LENGTH))
    blind = rh.UniformAttention([rh.Head(2, 2), rh.Head(2, 5)], scope="decoding")
    with blind.on(organisms, CASE):
        ours = forward(organisms, TOKENS[None], range(LENGTH))
    torch.testing.assert_close(ours, by_hand, atol=1e-4, rtol=0)
