"""Cases that begin alike are read once, and score as they would alone."""

import pytest
import torch

import rh_lens as rh
from rh_lens import Journal, QueryFocusedScore, RetrievalScore
from rh_lens.model.context import Context

BOTH = [RetrievalScore(), QueryFocusedScore()]


@pytest.fixture(scope="session")
def sweep(hide):
    """Two needles at three depths of two lengths, and one that is missing."""
    cases = hide("date", lengths=(480, 640), depths=(0.55, 0.8, 1))[:12]
    return [*cases, *rh.without_needle(cases[:1])]


@pytest.fixture
def tokens_read(monkeypatch):
    read, seen = Context.read, []

    def reading(self, tokens):
        seen.append(len(tokens))
        read(self, tokens)

    monkeypatch.setattr(Context, "read", reading)
    return seen


@pytest.fixture(scope="session")
def together(organisms, sweep):
    return rh.score_heads(organisms, sweep, BOTH)


def test_scores_and_words_are_those_of_each_case_alone_in_the_order_given(
    organisms, sweep, together
):
    for index in (0, 5, 8, 12):
        case = sweep[index]
        alone = rh.score_heads(organisms, [sweep[0], case], BOTH)
        for one, all_of_them in zip(alone, together, strict=True):
            assert all_of_them.labels[index] == one.labels[1]
            assert all_of_them.labels[index]["digest"] == case.digest
            torch.testing.assert_close(
                all_of_them.values[index], one.values[1], atol=1e-5, rtol=1e-4, equal_nan=True
            )


def test_several_prompts_at_once_give_the_same_scores_in_fewer_passes(
    organisms, sweep, together, tokens_read
):
    batched = rh.score_heads(organisms, sweep, BOTH, batch_size=4)
    passes = len(tokens_read)
    tokens_read.clear()
    rh.score_heads(organisms, sweep, BOTH)
    assert passes < len(tokens_read)
    for one, other in zip(batched, together, strict=True):
        assert one.labels == other.labels
        torch.testing.assert_close(one.values, other.values, atol=1e-5, rtol=1e-4, equal_nan=True)


@pytest.mark.parametrize("size", [0, -3])
def test_less_than_one_prompt_at_once_is_refused(organism, sweep, size):
    with pytest.raises(ValueError, match=f"batch_size is {size}: read at least 1"):
        rh.score_heads(organism, sweep[:1], BOTH, batch_size=size)


def test_a_sweep_reads_less_than_two_thirds_of_its_tokens(organism, sweep, tokens_read):
    rh.score_heads(organism, sweep, BOTH[0])
    assert sum(tokens_read) < 0.66 * sum(len(case) - 1 for case in sweep)


def test_what_a_journal_remembers_is_not_read(organism, sweep, tokens_read, tmp_path):
    rh.score_heads(organism, sweep[:5], BOTH, journal=Journal(tmp_path))
    tokens_read.clear()
    rh.score_heads(organism, sweep[:5][::-1], BOTH, journal=Journal(tmp_path))
    assert tokens_read == []


def test_a_sweep_resumed_anywhere_has_the_same_bits(organism, sweep, tmp_path):
    cases = [*sweep[:3], *sweep[6:9]]
    whole = rh.score_heads(organism, cases, BOTH, journal=Journal(tmp_path / "whole"))
    (file,) = (tmp_path / "whole").iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    for count in (1, 6):
        folder = tmp_path / str(count)
        folder.mkdir()
        (folder / file.name).write_bytes(b"".join(lines[:count]))
        resumed = rh.score_heads(organism, cases, BOTH, journal=Journal(folder))
        for one, other in zip(resumed, whole, strict=True):
            assert torch.equal(one.values.view(torch.int32), other.values.view(torch.int32))
            assert one.labels == other.labels


def test_the_order_of_the_cases_given_does_not_matter(organism, sweep):
    cases = sweep[3:8]
    ahead, back = (rh.score_heads(organism, some, BOTH[1]) for some in (cases, cases[::-1]))
    assert torch.equal(ahead.values, back.values.flip(0))
