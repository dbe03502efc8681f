"""What went wrong in the code of others, and must not here."""

import pytest
import torch

import rh_lens as rh

ALL = [
    rh.RetrievalScore(),
    rh.RetrievalScore(keys="haystack"),
    rh.QueryFocusedScore(),
    rh.AttentionEntropy(),
    rh.ContextualScore(),
    rh.ContrastiveRelevanceScore(),
    rh.DuplicateTokenScore(),
    rh.EvidenceMass(),
    rh.HeadKVR2Score(),
    rh.InductionScore(),
    rh.LocalMass(),
    rh.LogitAttribution(),
    rh.LookbackRatio(),
    rh.PassageHitRate(),
    rh.PreviousTokenScore(),
    rh.SemanticRetrievalScore(),
    rh.SinkMass(),
    rh.SpatialContrast(),
    rh.ValueWeightedMass(),
    rh.WriteContribution(),
]
SPANS = {
    "haystack": (range(1, 8),),
    "fact": (range(3, 7),),
    "gold": (range(3, 7),),
    "distractors": (range(7, 8),),
    "question": (range(8, 10),),
}
#          bos the key is red blue red   .  what  ?
PROMPT = [0, 7, 8, 3, 4, 3, 9, 5, 6, 2]
CASE = rh.Case(torch.tensor(PROMPT), torch.tensor([3, 4, 3]), range(3, 6), spans=SPANS)
REPLY = rh.Reply(CASE, CASE.answer, True)


def random_pattern(scorer):
    rows = scorer.rows(REPLY)
    logits = torch.randn(4, len(rows), rows.stop, generator=torch.Generator().manual_seed(0))
    later = torch.arange(rows.stop) > torch.tensor(rows)[:, None]
    return logits.masked_fill(later, -torch.inf).softmax(dim=-1)


@pytest.mark.parametrize("scorer", ALL, ids=repr)
def test_a_scorer_leaves_the_pattern_it_was_given_alone(scorer):
    """TransformerLens' head detector zeroed the caller's cache in place."""
    pattern = random_pattern(scorer)
    before = pattern.clone()
    scorer.score(pattern, REPLY)
    assert torch.equal(pattern, before)


@pytest.mark.parametrize("scorer", ALL, ids=repr)
def test_every_head_is_scored_and_by_its_own_rows_alone(scorer):
    """A port of RazorAttention returned inside its loop, after the first."""
    pattern = random_pattern(scorer)
    together = scorer.score(pattern, REPLY)
    assert not together.isnan().any()
    alone = torch.cat([scorer.score(pattern[head : head + 1], REPLY) for head in range(4)])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("scorer", ALL, ids=repr)
def test_no_scorer_waits_for_a_gpu(scorer):
    """The reference asks for every head's look by itself, and waits for it. On the device "meta",
    where there are no values, whatever depends on one is an error."""
    pattern = random_pattern(scorer).to("meta")
    assert scorer.score(pattern, REPLY).device.type == "meta"
    assert all(count.device.type == "meta" for count in scorer.remarks(pattern, REPLY).values())


@torch.no_grad()
def test_scores_leave_the_device_once_a_case(organism, monkeypatch):
    moved, cpu = [], torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", lambda x: moved.append(x.shape) or cpu(x))
    case = rh.Case(torch.arange(3, 43), torch.arange(30, 34), range(27, 31))
    reply = rh.TeacherForced()(organism, case)
    moved.clear()
    rh.SinkMass()(organism, reply)
    assert moved == [(4, 8)]


def test_a_token_that_the_needle_holds_twice_counts_its_mass_once():
    """CompressKV adds the needle's mass once for every place of the token."""
    rows = torch.zeros(1, 3, 12)
    rows[..., 3:6] = 1 / 3
    assert rh.SemanticRetrievalScore().score(rows, REPLY).item() == pytest.approx(1)


def test_the_question_ends_where_it_ends():
    """CoRe's released code takes in one token after the question."""
    for scorer in (rh.ContrastiveRelevanceScore(), rh.QueryFocusedScore()):
        assert scorer.rows(REPLY) == range(8, 10)


def test_a_perfect_induction_head_is_not_scored_on_the_first_copy():
    """TransformerLens' `detect_head` divides by all rows: 50 of 101 on 50 tokens said twice."""
    n = 50
    sequence = torch.arange(1, n + 1)
    case = rh.Case(torch.cat([torch.tensor([0]), sequence]), sequence, range(1, n + 1))
    pattern = torch.zeros(1, 2 * n + 1, 2 * n + 1)
    pattern[0, : n + 1, 0] = 1  # nothing to match in the first copy
    rows = torch.arange(n + 1, 2 * n + 1)
    pattern[0, rows, rows - n + 1] = 1
    template = torch.zeros(2 * n + 1, 2 * n + 1)
    template[rows, rows - n + 1] = 1
    assert ((pattern[0] * template).sum() / pattern.sum()).item() == pytest.approx(50 / 101)
    own = rh.InductionScore()
    reply = rh.Reply(case, sequence, True)
    seen = pattern[:, own.rows(reply).start : own.rows(reply).stop]
    assert own.score(seen, reply).item() == 1


def test_words_of_the_needle_elsewhere_do_not_move_its_span(tokenizer):
    """The reference takes the first stretch that shares nine tenths of the needle's token set."""
    needle = rh.Needle(
        fact="The old mill is painted green and blue and red.",
        question="How is the old mill painted?",
        answer="green and blue and red",
    )
    lure = "Some barns are painted red and blue and green. "
    text = lure * 3 + rh.Haystack().text
    (case,) = rh.niah(tokenizer, [needle], rh.Haystack(text), [300], [1])
    assert tokenizer.decode(case.tokens[list(case.needle)].tolist()).strip() == needle.answer
    assert case.needle.start > 100
