"""UniformAttention makes heads attend to all they may see, and to no more."""

import pytest
import torch

import rh_lens as rh
from rh_lens.model.replay import replay

BLIND = [rh.Head(2, 2), rh.Head(2, 5), rh.Head(0, 1)]


def patterns(model, case):
    seen = {}
    reply = rh.TeacherForced()(model, case)
    replay(model, reply, range(len(case) + 2), lambda at: seen.update({at.layer: at.pattern}))
    return torch.stack([seen[layer] for layer in sorted(seen)])


@pytest.fixture
def case():
    tokens = torch.arange(20, 170)
    return rh.Case(tokens, tokens[:3], range(3))


def test_every_visible_position_gets_the_same_and_the_future_nothing(organisms, case):
    """Zeroing scores after the mask, as one would at first, attends to the future."""
    with rh.UniformAttention(BLIND).on(organisms):
        blind = patterns(organisms, case)
    count = blind.shape[-1]
    expected = torch.ones(count, count).tril() / torch.arange(1, count + 1)[:, None]
    for head in BLIND:
        torch.testing.assert_close(blind[head], expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(blind[0, 0], patterns(organisms, case)[0, 0])


@torch.no_grad()
def test_what_comes_later_changes_nothing_before(organisms, case):
    changed = case.tokens.clone()
    changed[-1] += 7
    with rh.UniformAttention(BLIND).on(organisms):
        one, other = (organisms(tokens[None])[0, :-1] for tokens in (case.tokens, changed))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_a_blind_retrieval_head_retrieves_nothing(organisms, tokenizer, retrieving):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    cases = rh.niah(tokenizer, rh.needles()[16:18], rh.Haystack(), [256], [0.5], prompt=prompt)
    with rh.UniformAttention(retrieving[:1]).on(organisms):
        scores = rh.score_heads(organisms, cases, rh.RetrievalScore(), answering=rh.TeacherForced())
    assert scores[retrieving[0]] == 0


def test_heads_that_are_not_there_are_named(organisms):
    with (
        pytest.raises(ValueError, match=r"got \[L7H0\]"),
        rh.UniformAttention([rh.Head(7, 0)]).on(organisms),
    ):
        pass
