"""Answers: where they end, what they cost, and what counts as right."""

from itertools import pairwise

import pytest
import torch
from rouge_score.rouge_scorer import RougeScorer

import rh_lens as rh
from rh_lens.model.context import Context

PROMPT = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


@pytest.fixture(scope="module")
def case(tokenizer):
    needle = next(needle for needle in rh.needles() if needle.kind == "date")
    return rh.niah(tokenizer, [needle], rh.Haystack(), [256], [0.5], prompt=PROMPT)[0]


@pytest.fixture
def passes(monkeypatch):
    """How many tokens each forward pass took in."""
    taken = []
    forward = Context.forward

    def counted(self, tokens, **how):
        taken.append(len(tokens))
        return forward(self, tokens, **how)

    monkeypatch.setattr(Context, "forward", counted)
    return taken


def test_a_right_answer_takes_two_forward_passes(organisms, case, passes):
    assert rh.Greedy()(organisms, case).found
    assert passes == [len(case), len(case.answer)]


def test_an_answer_that_begins_otherwise_costs_no_more_than_its_own_steps(organisms, case, passes):
    mistaken = rh.Case(case.tokens, (case.answer + 1) % 2048, case.needle)
    reply = rh.Greedy(max_new_tokens=5, stop=())(organisms, mistaken)
    assert reply.tokens.tolist() == case.answer.tolist()[:5]
    assert passes == [len(case), 1, 1, 1, 1]


def test_a_wrong_draft_goes_on_step_by_step_from_the_first_disagreement(organisms, case, passes):
    answer = case.answer.clone()
    answer[3] = (answer[3] + 1) % 2048
    mistaken = rh.Case(case.tokens, answer, case.needle)
    reply = rh.Greedy(max_new_tokens=7)(organisms, mistaken)
    assert reply.tokens.tolist()[: len(case.answer)] == case.answer.tolist()[:7]
    assert passes == [len(case), 6, 1, 1, 1]


def test_without_a_limit_the_answer_ends_when_it_has_been_said(organisms, case):
    reply = rh.Greedy()(organisms, case)
    assert reply.tokens.tolist() == case.answer.tolist()
    longer = rh.Greedy(max_new_tokens=len(case.answer) + 5, stop=())(organisms, case)
    assert len(longer.tokens) == len(case.answer) + 5


def test_a_failed_answer_ends_after_its_spare_tokens(organisms, case):
    unsayable = rh.Case(case.tokens, torch.tensor([5, 5, 5]), case.needle)
    reply = rh.Greedy(stop=())(organisms, unsayable)
    assert not reply.found
    assert len(reply.tokens) == 3 + 32


def test_stop_by_id_and_by_text_keep_what_stopped_them(organisms, case):
    plain = rh.Greedy(max_new_tokens=12, stop=())(organisms, case).tokens.tolist()
    third = plain[2]
    by_id = rh.Greedy(max_new_tokens=12, stop=(third,))(organisms, case)
    assert by_id.tokens.tolist() == plain[: plain.index(third) + 1]
    text = organisms.tokenizer.decode(plain[:5])[-3:]  # may end inside a token
    by_text = rh.Greedy(max_new_tokens=12, stop=(text,))(organisms, case)
    said = by_text.text(organisms.tokenizer)
    assert text in said
    assert text not in organisms.tokenizer.decode(by_text.tokens.tolist()[:-1])


def test_eos_ends_the_reply_by_default(case):
    model = rh.load()
    second = rh.Greedy(max_new_tokens=4, stop=())(model, case).tokens[1].item()
    model.tokenizer.eos_token = model.tokenizer.convert_ids_to_tokens(second)
    assert len(rh.Greedy(max_new_tokens=4)(model, case).tokens) == 2


def test_an_end_of_turn_token_ends_the_reply_by_default(organism, case, monkeypatch):
    second = rh.Greedy(max_new_tokens=4, stop=())(organism, case).tokens[1].item()
    monkeypatch.setattr(organism.tokenizer, "get_added_vocab", lambda: {"<|im_end|>": second})
    assert len(rh.Greedy(max_new_tokens=4)(organism, case).tokens) == 2


def test_teacher_forcing_says_the_answer_whatever_the_model_thinks(organisms, case):
    strange = rh.Case(case.tokens, torch.tensor([9, 8, 7]), case.needle)
    reply = rh.TeacherForced()(organisms, strange)
    assert reply.found
    assert reply.tokens.tolist() == [9, 8, 7]


def test_a_case_without_an_answer_is_refused(organism, case):
    blank = rh.Case(case.tokens, case.answer[:0], range(0))
    for answering in (rh.Greedy(), rh.TeacherForced()):
        with pytest.raises(ValueError, match="the case has no answer"):
            answering(organism, blank)


def test_a_prompt_beyond_the_context_is_refused(organisms):
    endless = rh.Case(torch.full((4097,), 7), torch.tensor([7]), range(1))
    with pytest.raises(ValueError, match="reads at most 4096: ask for shorter lengths"):
        rh.Greedy()(organisms, endless)


def test_an_answer_ends_where_the_context_does(organisms):
    case = rh.Case(torch.arange(4090) % 2000 + 3, torch.tensor([5, 5, 5]), range(0))
    for answering in (rh.Greedy(stop=()), rh.Greedy(max_new_tokens=50, stop=())):
        assert len(answering(organisms, case).tokens) == 4096 - 4090 + 1


def gate(answer, said, gate, tokenizer):
    answer, said = (torch.tensor(tokenizer.encode(text)[1:]) for text in (answer, said))
    return gate.passes(said, rh.Case(answer, answer, range(0)), tokenizer)


def test_an_exact_match_may_stand_anywhere_in_the_reply_but_not_in_pieces():
    case = rh.Case(torch.tensor([1]), torch.tensor([4, 5]), range(0))
    passes = rh.ExactMatch().passes
    assert passes(torch.tensor([9, 4, 5]), case, None)
    assert not passes(torch.tensor([4, 9, 5]), case, None)
    assert not passes(torch.tensor([4]), case, None)


@pytest.mark.parametrize(
    ("answer", "said", "right"),
    [
        ("eat a sandwich in the park", "Eating sandwiches, in a park!", True),  # stems: 5 of 6
        ("eat a sandwich in the park", "eat a sandwich", False),  # exactly a half
        ("在二楼的茶壶里", "茶壶在二楼", True),
        ("在二楼的茶壶里", "不知道", False),
        ("под третьим горшком", "Ключ под третьим.", True),
        ("Løvborg", "lovborg", False),
        ("seven_teen", "seven teen", True),
    ],
)
def test_rouge_recall_counts_words_of_any_script(tokenizer, answer, said, right):
    assert gate(answer, said, rh.Rouge1Recall(), tokenizer) is right


def test_rouge_recall_on_english_is_that_of_the_reference(tokenizer):
    texts = [needle.fact for needle in rh.needles() if needle.fact.isascii()]
    reference = RougeScorer(["rouge1"], use_stemmer=True)
    for answer, said in pairwise(texts):
        recall = reference.score(answer, said)["rouge1"].recall
        for threshold in (recall - 1e-9, recall):
            passed = gate(answer, said, rh.Rouge1Recall(threshold), tokenizer)
            assert passed is (threshold < recall)


def test_rouge_without_a_tokenizer_says_what_to_use():
    case = rh.Case(torch.tensor([1]), torch.tensor([4, 5]), range(0))
    with pytest.raises(ValueError, match=r"use ExactMatch\(\)"):
        rh.Rouge1Recall().passes(torch.tensor([4]), case, None)


def test_a_model_that_has_answered_can_still_be_differentiated(kind, case):
    model = rh.load(kind=kind)
    rh.score_heads(model, [case], [rh.RetrievalScore(), rh.QueryFocusedScore()])
    model(case.tokens[None]).square().mean().backward()
    assert any(weights.grad is not None for weights in model.parameters())


def test_weight_processing_changes_neither_answer_nor_score(organisms, kind, case):
    processed = rh.load(kind=kind)
    if kind == "hooked":
        processed.process_weights_(fold_ln=True, center_writing_weights=False)
    else:
        processed.enable_compatibility_mode(disable_warnings=True)
    plain, folded = (
        rh.score_heads(model, [case], [rh.RetrievalScore(), rh.QueryFocusedScore()])
        for model in (organisms, processed)
    )
    for before, after in zip(plain, folded, strict=True):
        torch.testing.assert_close(after.values, before.values, atol=1e-4, rtol=0)
