"""A context that many prompts share holds, for each, what a context of its own would hold."""

import pytest
import torch

import rh_lens as rh
from rh_lens.model.cached_keys import cached_keys
from rh_lens.model.context import Context, empty
from rh_lens.model.prefix_reader import Reader


@pytest.fixture(scope="module")
def cases():
    """Three needles in one haystack, of which the first stands early, and a text of its own."""
    draw = torch.Generator().manual_seed(3)
    hay, other = torch.randint(5, 1000, (2, 640), generator=draw)
    needles = torch.randint(5, 1000, (3, 12), generator=draw)
    where = zip((300, 450, 450), needles, strict=True)
    prompts = [torch.cat([hay[:at], needle, hay[at:]]) for at, needle in where]
    return [rh.Case(prompt, prompt[-3:], range(1)) for prompt in (prompts[1], other, *prompts[::2])]


@pytest.fixture
def batches(monkeypatch):
    """The shapes of what was read at once."""
    read, seen = Context.read_each, []

    def reading(self, rests):
        seen.append(tuple(rests.shape))
        return read(self, rests)

    monkeypatch.setattr(Context, "read_each", reading)
    return seen


@pytest.fixture
def reads(monkeypatch):
    """How many tokens were read, pass by pass of `read`."""
    read, seen = Context.read, []

    def reading(self, tokens):
        seen.append(len(tokens))
        read(self, tokens)

    monkeypatch.setattr(Context, "read", reading)
    return seen


def held(context):
    layers = range(context.model.cfg.n_layers)
    both = [(cached_keys(context, layer), context.values(layer)) for layer in layers]
    return torch.stack([torch.stack(each) for each in both])


def taken(reader, indices, meanwhile=lambda context: None):
    """What the context held at each case."""
    states = {}
    for place, index in enumerate(indices):
        with reader.reading(*indices[place:]) as context:
            states[index] = held(context).clone()
            meanwhile(context)
    return states


@torch.no_grad()
def test_every_prompt_is_held_as_if_read_alone(organisms, cases):
    reader = Reader(organisms, cases)
    for index, state in taken(reader, reader.order).items():
        alone = taken(Reader(organisms, [cases[index]]), [0])[0]
        assert state.shape == alone.shape
        torch.testing.assert_close(state, alone, atol=1e-4, rtol=1e-3)


def test_what_they_have_in_common_is_read_once(organisms, cases, reads):
    reader = Reader(organisms, cases)
    taken(reader, reader.order)
    whole = len(cases[0]) - 1
    apart = [300, 150, whole - 450, whole - 450, whole - 300]
    assert sorted(reads) == sorted([*apart, len(cases[1]) - 1])
    assert sum(reads) < 0.75 * sum(len(case) - 1 for case in cases)


@torch.no_grad()
def test_to_the_last_bit_whatever_was_read_before(organisms, cases):
    reader = Reader(organisms, cases)
    usual = taken(reader, reader.order)

    def disturb(context):
        context.rewind(310)
        context.forward(torch.arange(5, 60), every=False)

    for order in ([2], [3, 0], [0, 1, 2, 3], reader.order[::-1]):
        for meanwhile in (lambda context: None, disturb):
            for index, state in taken(Reader(organisms, cases), order, meanwhile).items():
                assert torch.equal(state, usual[index])


def test_what_a_reply_went_over_again_is_read_again(organisms, cases, reads):
    def rewind(context):
        context.rewind(440)

    reader = Reader(organisms, cases)
    taken(reader, [0, 3], rewind)
    whole = len(cases[0]) - 1
    assert reads == [300, 150, whole - 450, 150, whole - 450]


def test_after_a_failure_nothing_is_taken_for_read(organisms, cases, reads):
    def fail(context):
        context.rewind(310)
        context.forward(torch.arange(5, 60), every=False)
        raise KeyboardInterrupt

    reader = Reader(organisms, cases)
    taken(reader, [0])
    with pytest.raises(KeyboardInterrupt):
        taken(reader, [2], fail)
    reads.clear()
    after = taken(reader, [3])
    assert sum(reads) == len(cases[3]) - 1
    assert torch.equal(after[3], taken(Reader(organisms, cases), [3])[3])


def test_a_failure_to_read_leaves_nothing_behind(organisms, cases, monkeypatch):
    reader = Reader(organisms, cases)
    taken(reader, [0])

    def fail(self, tokens, *, every):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Context, "forward", fail)
        with pytest.raises(MemoryError):
            taken(reader, [3])
    assert torch.equal(taken(reader, [3])[3], taken(Reader(organisms, cases), [3])[3])


def test_prompts_of_one_token_have_nothing_before_it(organisms):
    case = rh.Case(torch.tensor([7]), torch.tensor([8]), range(1))
    with Reader(organisms, [case, case]).reading(1) as context:
        assert len(context) == 0


@torch.no_grad()
def test_prompts_of_one_shape_are_read_at_once(organisms, cases, reads, batches):
    reader = Reader(organisms, cases, batch_size=8)
    states = taken(reader, reader.order)
    whole = len(cases[0]) - 1
    assert batches == [(2, whole - 450)]
    assert sorted(reads) == sorted([300, 150, whole - 300, len(cases[1]) - 1])
    for index, alone in taken(Reader(organisms, cases), reader.order).items():
        assert states[index].shape == alone.shape
        torch.testing.assert_close(states[index], alone, atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_prompts_that_share_nothing_are_read_at_once_from_the_beginning(organisms, batches):
    texts = torch.randint(5, 1000, (5, 90), generator=torch.Generator().manual_seed(4))
    cases = [rh.Case(text, text[-3:], range(1)) for text in texts]
    reader = Reader(organisms, cases, batch_size=2)
    states = taken(reader, reader.order)
    assert batches == [(2, 89), (2, 89)]
    for index, alone in taken(Reader(organisms, cases), reader.order).items():
        torch.testing.assert_close(states[index], alone, atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_what_is_done_with_one_of_a_batch_leaves_the_others_alone(organisms, cases):
    def disturb(context):
        context.rewind(310)
        context.forward(torch.arange(5, 60), every=False)

    usual, disturbed = (
        taken(Reader(organisms, cases, batch_size=2), [0, 3, 2], meanwhile)
        for meanwhile in (lambda context: None, disturb)
    )
    assert all(torch.equal(state, disturbed[index]) for index, state in usual.items())


def test_where_memory_does_not_suffice_for_several_one_is_read(
    organisms, cases, monkeypatch, batches
):
    def fail(self, change):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(type(empty(organisms)), "_change", fail)
        states = taken(Reader(organisms, cases, batch_size=2), [0, 3])
    assert batches == [(2, len(cases[0]) - 451)]
    for index, alone in taken(Reader(organisms, cases), [0, 3]).items():
        assert torch.equal(states[index], alone)
