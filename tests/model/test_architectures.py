"""Both TransformerLens classes against Hugging Face's own attention, on six architectures."""

from dataclasses import dataclass
from functools import partial

import pytest
import torch
from transformers import AutoModelForCausalLM

import rh_lens as rh
from rh_lens.model.replay import replay


@dataclass(frozen=True)
class NeedleMass(rh.Scorer):
    """The attention that falls on the needle, step by step summed: no look to hide behind."""

    name = "needle mass"

    def score(self, pattern, reply):
        return pattern[..., reply.case.needle.start : reply.case.needle.stop].sum(dim=(1, 2))


def random_cases(count=6, length=300):
    """Prompts of ids; half of them longer than two chunks of a prefill."""
    generator = torch.Generator().manual_seed(1)
    for i in range(count):
        long = 40 if i % 2 else length
        tokens = torch.randint(2, 40, (long,), generator=generator)
        start = int(torch.randint(5, long - 12, (1,), generator=generator))
        needle, question = range(start, start + 6), range(long - 9, long - 2)
        spans = {"fact": (range(start - 2, start + 8),), "question": (question,)}
        yield rh.Case(tokens, tokens[start : start + 6], needle, spans=spans)


@pytest.fixture(scope="module")
def model(folder, kind):
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def plain(folder):
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()


def keep(seen, sight):
    seen[sight.layer] = sight.pattern


@torch.inference_mode()
def plain_patterns(plain, tokens):
    return torch.stack(plain(tokens[None], output_attentions=True).attentions)[:, 0]


@torch.inference_mode()
def plain_greedy(plain, tokens, count):
    said = []
    for _ in range(count):
        said.append(int(plain(torch.tensor([[*tokens.tolist(), *said]])).logits[0, -1].argmax()))
    return said


def test_a_replay_sees_what_one_full_forward_pass_sees(model, plain):
    for case in random_cases():
        reply = rh.TeacherForced()(model, case)
        everything = plain_patterns(plain, torch.cat([case.tokens, reply.tokens]))
        for rows in (range(len(case) - 1, len(case) + 5), case.spans["question"][0], range(3)):
            seen = {}
            replay(model, reply, rows, partial(keep, seen))
            expected = everything[:, :, rows.start : rows.stop, : rows.stop]
            torch.testing.assert_close(torch.stack([seen[0], seen[1]]), expected, atol=5e-5, rtol=0)


def test_scores_equal_those_from_hugging_face_attention(model, plain):
    scorers = [
        NeedleMass(),
        rh.RetrievalScore(),
        rh.RetrievalScore(counting="steps", keys="prompt", tolerance=1),
        rh.RetrievalScore(pairing="same_step"),
        rh.QueryFocusedScore(),
    ]
    cases = list(random_cases())
    results = rh.score_heads(model, cases, scorers, answering=rh.TeacherForced())
    for scorer, scores in zip(scorers, results, strict=True):
        for case, got in zip(cases, scores.values, strict=True):
            reply = rh.Reply(case, case.answer, True)
            rows = scorer.rows(reply)
            everything = plain_patterns(plain, torch.cat([case.tokens, case.answer]))
            expected = torch.stack(
                [
                    scorer.score(layer[:, rows.start : rows.stop, : rows.stop], reply)
                    for layer in everything
                ]
            )
            torch.testing.assert_close(got, expected, atol=5e-5, rtol=0)
        assert scores.values.max() > 0, "a comparison of zeros shows nothing"


def test_greedy_says_what_plain_greedy_decoding_says(model, plain):
    for case in random_cases(count=4, length=150):
        expected = plain_greedy(plain, case.tokens, 10)
        assert rh.Greedy(max_new_tokens=10)(model, case).tokens.tolist() == expected
        for agreeing in (3, 9, 10):  # a draft that is right for so many tokens
            draft = torch.tensor([*expected[:agreeing], (expected[agreeing - 1] + 1) % 40])
            drafted = rh.Case(case.tokens, draft, case.needle)
            assert rh.Greedy(max_new_tokens=10)(model, drafted).tokens.tolist() == expected
