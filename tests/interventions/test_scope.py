"""A scope says at which positions an intervention acts, and it acts nowhere else."""

import inspect
import re
import sys
from functools import partial

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.intervention import Unchanged
from rh_lens.interventions.knockout import Knockout
from rh_lens.interventions.mean_output import MeanOutput
from rh_lens.interventions.patch import Patch
from rh_lens.interventions.query_zero import QueryZero
from rh_lens.interventions.resample_output import ResampleOutput
from rh_lens.interventions.scale_output import ScaleOutput
from rh_lens.interventions.scope import overlap, positions
from rh_lens.interventions.sink_attention import SinkAttention
from rh_lens.interventions.streaming import Streaming
from rh_lens.interventions.uniform_attention import UniformAttention
from rh_lens.interventions.zero_output import ZeroOutput
from rh_lens.model.forward import forward
from rh_lens.model.record import recording

HEAD, SAME_LAYER, LATER = rh.Head(1, 3), rh.Head(1, 4), rh.Head(2, 1)
PROMPT, ANSWER = 36, 5
generator = torch.Generator().manual_seed(3)
TOKENS = torch.randint(10, 2000, (PROMPT + ANSWER,), generator=generator)
CASE = rh.Case(TOKENS[:PROMPT], TOKENS[PROMPT:], needle=range(4, 9))
ACTIVATIONS = torch.randn(4, PROMPT + ANSWER, 8, 32, generator=generator)

ABLATIONS = {
    "zero": ZeroOutput,
    "mean": partial(MeanOutput, mean=ACTIVATIONS[:, 0]),
    "resample": partial(ResampleOutput, pool=ACTIVATIONS),
    "uniform": UniformAttention,
    "sink": SinkAttention,
    "knockout": partial(Knockout, hidden="needle"),
    "streaming": partial(Streaming, sinks=1, recent=2),
    "scale": partial(ScaleOutput, factor=2.0),
    "query": QueryZero,
    "patch": partial(Patch, source=ACTIVATIONS),
}
SCOPES = {
    "everywhere": range(PROMPT + ANSWER),
    "prompt": range(PROMPT - 1),
    "decoding": range(PROMPT - 1, PROMPT + ANSWER),
    "range": range(20, 30),
}


def gathered(model):
    """z of every head at every position of prompt and answer."""
    with recording(model, "z") as seen:
        forward(model, TOKENS[None], range(1))
    return seen.of("z")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("ablation", ABLATIONS)
def test_it_acts_within_its_scope_on_its_heads_and_nowhere_else(organisms, ablation, scope):
    """In its own layer exactly there; in later layers not before its scope begins."""
    named = SCOPES[scope] if scope == "range" else scope
    usual = gathered(organisms)
    with ABLATIONS[ablation]([HEAD], scope=named).on(organisms, CASE):
        changed = gathered(organisms)  # hooks of the inner block see what the outer one made
    differs = (changed != usual).any(dim=-1)  # layer pos head
    inside = torch.zeros(len(TOKENS), dtype=torch.bool)
    inside[SCOPES[scope].start : SCOPES[scope].stop] = True
    assert not differs[0].any()
    assert not differs[1][~inside].any()
    assert differs[1][inside].any()
    assert not differs[1][:, [i for i in range(8) if i != HEAD.index]].any()
    assert not differs[2:, : SCOPES[scope].start].any()


def test_prompt_and_decoding_together_are_everywhere(organisms):
    both = ZeroOutput([HEAD], scope="prompt") + ZeroOutput([HEAD], scope="decoding")
    with ZeroOutput([HEAD]).on(organisms):
        everywhere = forward(organisms, TOKENS[None], range(len(TOKENS)))
    with both.on(organisms, CASE):
        assert torch.equal(forward(organisms, TOKENS[None], range(len(TOKENS))), everywhere)


def test_decoding_begins_where_the_answer_is_said():
    assert positions("decoding", CASE).start == PROMPT - 1
    assert positions("prompt", CASE) == range(PROMPT - 1)
    assert positions("everywhere", None) == range(sys.maxsize)


def test_ranges_overlap_in_what_they_share():
    assert overlap(range(2, 9), range(5, 20)) == range(5, 9)
    assert not overlap(range(2, 5), range(5, 9))


def test_a_greedy_reply_under_a_decoding_scope_is_generations_own(organisms, retrieving):
    """TransformerLens' own loop, which keeps a cache of its own, is changed at the same places."""
    change = UniformAttention(retrieving, scope="decoding")
    with change.on(organisms, CASE):
        reply = rh.Greedy(max_new_tokens=6, stop=())(organisms, CASE).tokens
        generated = organisms.generate(
            CASE.tokens[None], max_new_tokens=6, do_sample=False, stop_at_eos=False, verbose=False
        )
    assert reply.tolist() == generated[0, PROMPT:].tolist()
    assert reply.tolist() != rh.Greedy(max_new_tokens=6, stop=())(organisms, CASE).tokens.tolist()


def test_a_scope_that_depends_on_the_case_needs_it(organisms):
    with (
        pytest.raises(ValueError, match=re.escape(".on(model, case)")),
        ZeroOutput([HEAD], scope="decoding").on(organisms),
    ):
        pass


@pytest.mark.parametrize("scope", [range(5, 5), range(-3, 4), range(0, 9, 2)])
def test_a_range_that_is_no_stretch_of_text_is_refused(organisms, scope):
    with (
        pytest.raises(ValueError, match="range of positions"),
        ZeroOutput([HEAD], scope=scope).on(organisms),
    ):
        pass


def test_a_range_outside_prompt_and_answer_is_refused(organisms):
    with (
        pytest.raises(ValueError, match="outside the 41 tokens"),
        ZeroOutput([HEAD], scope=range(30, 42)).on(organisms, CASE),
    ):
        pass


def test_a_scope_that_is_never_reached_changes_nothing_and_says_so(organisms):
    with pytest.raises(Unchanged), ZeroOutput([HEAD], scope=range(500, 600)).on(organisms):
        forward(organisms, TOKENS[None], range(1))


def test_a_scope_of_another_name_is_refused():
    with pytest.raises(ValueError, match="'prompt', 'decoding'"):
        inspect.unwrap(positions)("later", CASE)


OVERLAPPING = {
    "the same twice": (ZeroOutput([HEAD]), ZeroOutput([HEAD])),
    "one within the other": (
        ZeroOutput([HEAD], scope="decoding"),
        MeanOutput([HEAD, LATER], ACTIVATIONS[:, 0]),
    ),
    "attention of a silent head": (UniformAttention([HEAD]), ZeroOutput([HEAD])),
    "the same, other way round": (ZeroOutput([HEAD]), UniformAttention([HEAD])),
    "a query behind a blind eye": (QueryZero([HEAD]), SinkAttention([HEAD])),
    "hidden, then levelled": (Knockout([HEAD], "needle"), UniformAttention([HEAD])),
}


@pytest.mark.parametrize("pair", OVERLAPPING)
def test_scopes_that_overlap_where_nothing_is_left_of_one_are_refused(organisms, pair):
    one, other = OVERLAPPING[pair]
    with pytest.raises(ValueError, match="overlap at L1H3"), (one + other).on(organisms, CASE):
        pass


APART = {
    "other heads": ZeroOutput([HEAD]) + ZeroOutput([SAME_LAYER]),
    "other positions": ZeroOutput([HEAD], scope="prompt")
    + UniformAttention([HEAD], scope="decoding"),
    "both hide": Knockout([HEAD], "needle") + Knockout([HEAD], range(12, 15)),
    "one scales": UniformAttention([HEAD]) + ScaleOutput([HEAD], 0.5),
}


@pytest.mark.parametrize("sum_of", APART)
def test_changes_that_leave_each_other_standing_compose(organisms, sum_of):
    with APART[sum_of].on(organisms, CASE):
        at_once = forward(organisms, TOKENS[None], range(len(TOKENS)))
    first, then = APART[sum_of].parts()
    with first.on(organisms, CASE), then.on(organisms, CASE):
        nested = forward(organisms, TOKENS[None], range(len(TOKENS)))
    assert torch.equal(at_once, nested)
    with first.on(organisms, CASE):
        assert not torch.equal(at_once, forward(organisms, TOKENS[None], range(len(TOKENS))))
