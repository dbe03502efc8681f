"""A prompt read with fused attention leaves the same behind as one read with eager attention."""

import gc

import pytest
import torch

import rh_lens as rh
from rh_lens.interventions.uniform_attention import UniformAttention
from rh_lens.model import context as contexts
from rh_lens.model import fused, fused_attention, unwatched
from rh_lens.model.context import empty
from rh_lens.model.hooks import hooked, mlp, pattern

LENGTH, ASKED = 300, 12


@pytest.fixture(scope="module")
def model(folder, kind):
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def tokens():
    return torch.randint(2, 40, (LENGTH + ASKED,), generator=torch.Generator().manual_seed(4))


def read_and_said(model, tokens, chunks):
    """Logits and patterns after a prompt, read in one go or in chunks."""
    context = empty(model)
    for chunk in tokens[:LENGTH].split(chunks):
        context.read(chunk)
    values = [context.values(layer).clone() for layer in range(model.cfg.n_layers)]
    seen = {}

    def keep(layer):
        return pattern(layer), lambda rows: seen.update({layer: rows[0].clone()})

    with hooked(model, [keep(layer) for layer in range(model.cfg.n_layers)]):
        logits = context.say(tokens[LENGTH:])
    return logits, torch.stack([seen[layer] for layer in sorted(seen)]), torch.stack(values)


@pytest.fixture
def eager(monkeypatch):
    def eager(of):
        with monkeypatch.context() as patch:
            patch.setattr(contexts, "fusable", lambda model: False)
            return of()

    return eager


@pytest.fixture
def fused_calls(monkeypatch):
    """How often attention was fused, in either class."""
    calls, usual = [], torch.nn.functional.scaled_dot_product_attention

    def counting(*args, **kwargs):
        calls.append(1)
        return usual(*args, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", counting)
    monkeypatch.setattr(fused_attention, "scaled_dot_product_attention", counting)
    return calls


@torch.no_grad()
@pytest.mark.parametrize("chunks", [LENGTH, (128, 1, 71, 100)])
def test_logits_patterns_and_values_are_those_of_eager_attention(
    model, tokens, eager, fused_calls, chunks
):
    slow = eager(lambda: read_and_said(model, tokens, chunks))
    assert not fused_calls
    fast = read_and_said(model, tokens, chunks)
    assert bool(fused_calls) == fused.fusable(model)
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one, other, atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("length", [1, 130, LENGTH])
def test_a_text_asked_about_is_followed_by_what_follows_its_last_token(
    model, tokens, eager, length
):
    """In one pass, and in chunks."""

    def asked():
        return empty(model).ask(tokens[:length])

    expected = empty(model).say(tokens[:length])[-1]
    for found in (asked(), eager(asked)):
        torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)


def test_it_is_used_where_queries_keys_and_values_are_apart(model, kind, folder):
    """And in a HookedTransformer, unless a sliding window hides what it would show."""
    joint = kind == "bridge" and folder.name in ("gpt2", "neox")
    windowed = kind == "hooked" and folder.name == "mistral"
    assert fused.fusable(model) == (not joint and not windowed)


def test_whoever_watches_attention_in_the_prompt_sees_it(model, tokens):
    seen = []
    with hooked(model, [(pattern(0), lambda rows: seen.append(rows.shape[2]))]):
        empty(model).read(tokens[:LENGTH])
    assert sum(seen) == LENGTH


def test_whoever_watches_anything_else_in_the_prompt_sees_it(model, tokens):
    seen = []
    with hooked(model, [(mlp(1), lambda wrote: seen.append(wrote.shape[1]))]):
        empty(model).read(tokens[:LENGTH])
    assert sum(seen) == LENGTH


def test_a_hook_of_pytorch_on_a_part_sees_the_prompt(model, tokens):
    seen = []
    handle = model.blocks[1].mlp.register_forward_hook(
        lambda part, read, wrote: seen.append(wrote.shape[1])
    )
    empty(model).read(tokens[:LENGTH])
    handle.remove()
    assert sum(seen) == LENGTH


@torch.no_grad()
@pytest.mark.parametrize("part", ["blocks.1.mlp", "unembed"])
def test_whoever_watches_inside_a_part_sees_all_there_is(model, tokens, eager, part):
    def seen():
        passed = []
        names = [name for name in model.hook_dict if name.startswith(f"{part}.")]
        watches = [(name, lambda it, name=name: passed.append((name, it.shape))) for name in names]
        context = empty(model)
        context.read(tokens[:20])
        with hooked(model, watches):
            context.say(tokens[20:22])
        return passed

    assert seen() == eager(seen)


@torch.no_grad()
@pytest.mark.parametrize("room", [fused_attention.SHORT, 3])
def test_steps_that_share_what_they_prepare_say_what_steps_alone_say(
    model, tokens, eager, monkeypatch, room
):
    """Also after a rewind, when keys kept from before must not be taken for those after it, and
    when there is no more room to append in place."""
    monkeypatch.setattr(fused_attention, "SHORT", room)

    def said(context):
        steps = [context.say(tokens[i : i + 2]) for i in range(LENGTH, LENGTH + 6, 2)]
        context.rewind(LENGTH + 1)
        context.read(tokens[:3])
        steps += [context.say(tokens[7:8]), context.say(tokens[9:10])]
        values = [context.values(layer).clone() for layer in range(model.cfg.n_layers)]
        return torch.cat(steps), torch.stack(values)

    def alone():
        context = empty(model)
        context.read(tokens[:LENGTH])
        return said(context)

    context = empty(model)
    with context.hurry():
        context.read(tokens[:LENGTH])
        together = said(context)
    torch.testing.assert_close(together, eager(alone), atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_an_intervention_on_attention_acts_in_the_prompt(model, tokens, eager):
    blind = UniformAttention([rh.Head(0, 1), rh.Head(1, 2)], scope="prompt")
    case = rh.Case(tokens[:LENGTH], tokens[LENGTH:], range(0))

    def under():
        with blind.on(model, case):
            context = empty(model)
            context.read(tokens[:LENGTH])
        return context.say(tokens[LENGTH:])

    torch.testing.assert_close(under(), eager(under), atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_the_norm_before_an_attention_is_computed_once(model, tokens, kind, monkeypatch):
    """A `HookedTransformer` asks for it three times."""
    if kind != "hooked" or not fused.fusable(model):
        pytest.skip("this model reads with its own attention, or with that of Hugging Face")
    before = [block.ln1 for block in model.blocks]
    usual, at_once, counted = type(before[0]).forward, unwatched.rms_norm, []

    def counting(self, *args):
        counted.append(self)
        return usual(self, *args)

    def counting_at_once(read, shape, weight, eps):
        counted.extend(part for part in before if part.w is weight)
        return at_once(read, shape, weight, eps)

    monkeypatch.setattr(type(before[0]), "forward", counting)
    monkeypatch.setattr(unwatched, "rms_norm", counting_at_once)
    empty(model).say(tokens)
    assert [part for part in counted if part in before] == before


def test_the_model_is_left_as_it_was(model, tokens):
    before = [part.forward for part in model.modules()]
    empty(model).read(tokens[:LENGTH])
    assert [part.forward for part in model.modules()] == before
    assert not any("forward" in part.__dict__ for part in model.modules())


def test_reading_leaves_nothing_behind_but_the_cache(model, tokens):
    """No layer's input, which TransformerLens keeps for hooks until the layer has ended."""
    empty(model).read(tokens[:LENGTH])
    wide = (1, LENGTH, model.cfg.d_model)
    left = [it for it in gc.get_objects() if type(it) is torch.Tensor and it.shape == wide]
    assert not left or not fused.fusable(model)


def test_an_interrupted_reading_leaves_it_as_it_was(model, tokens, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    context = empty(model)
    monkeypatch.setattr(type(context), "_forward", interrupt)
    with pytest.raises(KeyboardInterrupt):
        context.read(tokens[:LENGTH])
    assert not any("forward" in part.__dict__ for part in model.modules())


def test_a_norm_in_one_call_is_the_norm(model, monkeypatch):
    """Those of queries and keys are as wide as a head, the others as the model."""
    known = [part for part in model.modules() if unwatched.normed_at_once(part)]
    assert bool(known) == (model.cfg.normalization_type in ("RMS", "RMSPre"))
    for part in known:
        weight = part.w if hasattr(part, "w") else part.weight
        read = torch.randn(1, 5, len(weight), generator=torch.Generator().manual_seed(1))
        monkeypatch.setattr(weight, "data", torch.linspace(-1, 2, len(weight)))
        torch.testing.assert_close(unwatched.normed_at_once(part)(read), part(read))


def test_a_norm_of_another_package_keeps_its_own_forward():
    """Whatever its name, nobody knows what it does."""
    known = type("LlamaRMSNorm", (torch.nn.RMSNorm,), {"__module__": "transformers.models.llama"})
    other = type("LlamaRMSNorm", (torch.nn.RMSNorm,), {"__module__": "modeling_remote"})
    for each in (known, other):
        each.variance_epsilon = 1e-6
    assert unwatched.normed_at_once(known(4))
    assert unwatched.normed_at_once(other(4)) is None
