"""Where a head looked and what it wrote, as the explorer is told."""

import pytest
import torch
from interventions.circuits import CASE, COPY, PREVIOUS

import rh_lens as rh
from rh_lens.model.replay import replay
from rh_lens.plots.explorer.looks import STRIPS, looks, on_needle
from rh_lens.scorers.scorer import saying


@pytest.fixture(scope="module")
def asked(organisms):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needle = next(needle for needle in rh.needles() if needle.kind == "date")
    (case,) = rh.niah(organisms.tokenizer, [needle], rh.Haystack(), [384], [0.5], prompt=prompt)
    return rh.TeacherForced()(organisms, case)


@pytest.fixture(scope="module")
def seen(organisms, asked):
    sights = []
    replay(organisms, asked, saying(asked), lambda sight: sights.append((sight, sight.writes())))
    return sights


def test_the_copying_head_looks_at_the_needle_token_that_comes_next(copier):
    look = looks(copier, rh.Greedy()(copier, CASE), [COPY, PREVIOUS])[COPY]
    assert [next(iter(row)) for row in look.rows] == list(CASE.needle)
    assert all(row[at] > 0.99 for row, at in zip(look.rows, CASE.needle, strict=True))


def test_heads_are_not_taken_for_each_other(copier):
    found = looks(copier, rh.Greedy()(copier, CASE), [COPY, PREVIOUS])
    last = len(CASE) - 1
    assert [next(iter(row)) for row in found[PREVIOUS].rows] == [last - 1, last, last + 1]


def test_a_row_is_all_that_got_a_thousandth_hardest_first(organisms, asked, seen):
    heads = [rh.Head(0, 3), rh.Head(2, 5)]
    for head, look in looks(organisms, asked, heads).items():
        for row, told in zip(seen[head.layer][0].pattern[head.index], look.rows, strict=True):
            wanted = {at: share for at, share in enumerate(row.tolist()) if share >= 0.001}
            assert told == wanted
            assert list(told.values()) == sorted(wanted.values(), reverse=True)


def test_strips_add_up_to_all_of_the_attention_where_it_is(organisms, asked):
    (look,) = looks(organisms, asked, [rh.Head(2, 4)]).values()
    length = len(asked.case) + len(asked.tokens)
    assert look.strips.shape == (len(asked.tokens), STRIPS)
    torch.testing.assert_close(look.strips.sum(dim=1), torch.ones(len(asked.tokens)))
    for row, strips in zip(look.rows, look.strips, strict=True):
        at, share = next(iter(row.items()))
        assert strips[at * STRIPS // length] >= share - 1e-6


def test_what_a_head_wrote_towards_each_token_said_is_its_own(organisms, asked, seen):
    """Beside what the replay knows of the token that follows; query heads share values."""
    heads = rh.all_heads(organisms.cfg.n_layers, organisms.cfg.n_heads)
    for head, look in looks(organisms, asked, heads).items():
        sight, offers = seen[head.layer]
        given = (sight.pattern * offers)[head.index].sum(dim=-1)  # the last row has none to follow
        torch.testing.assert_close(look.wrote.diagonal()[:-1], given[:-1], rtol=1e-3, atol=1e-3)


def test_attention_on_the_needle_is_told_of_every_head(organisms, asked, seen):
    needle = asked.case.needle
    wanted = torch.stack([s.pattern[..., list(needle)].sum(dim=-1) for s, _ in seen])
    torch.testing.assert_close(on_needle(organisms, asked), wanted)


def test_a_case_without_a_needle_has_no_attention_on_it(copier):
    case = rh.Case(CASE.tokens, CASE.answer, needle=range(0))
    assert on_needle(copier, rh.Greedy()(copier, case)).eq(0).all()


def test_heads_that_the_model_lacks_are_refused(copier):
    with pytest.raises(ValueError, match="L9H0"):
        looks(copier, rh.Greedy()(copier, CASE), [rh.Head(9, 0)])
