"""Scores from the user's own loop are those of `score_heads` on the same tokens."""

import pytest
import torch

import rh_lens as rh

SCORERS = [rh.RetrievalScore(), rh.RetrievalScore(counting="steps"), rh.QueryFocusedScore()]


@pytest.fixture(scope="module")
def case(tokenizer):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needle = next(needle for needle in rh.needles() if needle.kind == "date")
    return rh.niah(tokenizer, [needle], rh.Haystack(), [300], [0.5], prompt=prompt)[0]


def rereading(model, tokens, count, choose):
    """A loop without a KV cache."""
    said = []
    for _ in range(count):
        logits = model(torch.cat([tokens, torch.tensor(said, dtype=torch.long)])[None])
        said.append(choose(logits[0, -1]))
    return said


def likeliest(logits):
    return int(logits.argmax())


def generate(model, case, count, **options):
    return model.generate(
        case.tokens[None],
        max_new_tokens=count,
        do_sample=False,
        stop_at_eos=False,
        verbose=False,
        **options,
    )[0, len(case) :].tolist()


def expected(model, case, scorer, said):
    return scorer(model, rh.Reply(case, torch.tensor(said), found=True))


@pytest.mark.parametrize("scorer", SCORERS, ids=repr)
def test_a_loop_without_a_cache(organisms, case, scorer):
    with torch.inference_mode(), rh.watching(organisms, case, scorer) as watch:
        said = rereading(organisms, case.tokens, 6, likeliest)
    assert watch.reply.tokens.tolist() == said
    torch.testing.assert_close(
        watch.scores, expected(organisms, case, scorer, said), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("cached", [True, False])
def test_the_models_own_generate(organisms, case, cached):
    scorer = rh.RetrievalScore()
    with rh.watching(organisms, case, scorer) as watch:
        said = generate(organisms, case, len(case.answer), use_past_kv_cache=cached)
    assert said == case.answer.tolist()
    assert watch.reply.found
    assert watch.scores.max() > 0.9
    torch.testing.assert_close(watch.scores, expected(organisms, case, scorer, said))


def test_our_own_greedy_answer_is_just_another_loop(organisms, case):
    with rh.watching(organisms, case, rh.RetrievalScore()) as watch:
        reply = rh.Greedy(max_new_tokens=len(case.answer))(organisms, case)
    assert watch.reply.tokens.tolist() == reply.tokens.tolist()
    torch.testing.assert_close(watch.scores, rh.RetrievalScore()(organisms, reply))


def test_a_sampling_loop_can_tell_its_last_token(organisms, case):
    def second(logits):
        return int(logits.topk(2).indices[1])

    scorer = rh.RetrievalScore()
    with torch.inference_mode(), rh.watching(organisms, case, scorer) as watch:
        said = rereading(organisms, case.tokens, 4, second)
    assert watch.reply.tokens.tolist()[:-1] == said[:-1]
    assert watch.reply.tokens.tolist() != said
    watch.said(said[-1])
    assert watch.reply.tokens.tolist() == said
    torch.testing.assert_close(watch.scores, expected(organisms, case, scorer, said))


def test_the_latest_answer_counts_and_other_prompts_do_not(organisms, case):
    other = case.tokens.flip(0)
    with torch.inference_mode(), rh.watching(organisms, case, rh.RetrievalScore()) as watch:
        rereading(organisms, case.tokens, 3, lambda logits: int(logits.topk(2).indices[1]))
        rereading(organisms, other, 2, likeliest)
        said = rereading(organisms, case.tokens, 5, likeliest)
        rereading(organisms, other, 2, likeliest)
    assert watch.reply.tokens.tolist() == said
    torch.testing.assert_close(
        watch.scores, expected(organisms, case, rh.RetrievalScore(), said), atol=1e-5, rtol=0
    )


def test_a_model_that_never_saw_the_prompt_has_no_scores(organisms, case):
    with torch.inference_mode(), rh.watching(organisms, case, rh.RetrievalScore()) as watch:
        organisms(case.tokens[None, :50])
    with pytest.raises(ValueError, match="not given this case's prompt"):
        _ = watch.scores


def test_a_model_that_never_ran_is_an_error(organisms, case):
    with (
        pytest.raises(RuntimeError, match="without ever reaching"),
        rh.watching(organisms, case, rh.RetrievalScore()),
    ):
        pass


def test_a_batch_is_refused(organisms, case):
    with (
        pytest.raises(ValueError, match="follows one sequence, but the model was given 2"),
        rh.watching(organisms, case, rh.RetrievalScore()),
    ):
        organisms(case.tokens[None].repeat(2, 1))


def test_nothing_stays_on_the_model(organisms, case):
    before = organisms(case.tokens[None])
    with pytest.raises(ValueError), rh.watching(organisms, case, rh.RetrievalScore()):  # noqa: PT011
        organisms(case.tokens[None].repeat(2, 1))
    assert torch.equal(organisms(case.tokens[None]), before)
    with rh.watching(organisms, case, rh.RetrievalScore()) as watch:
        organisms(case.tokens[None])
    rows = len(watch.seen.rows)
    organisms(case.tokens[None, :-1])
    assert len(watch.seen.rows) == rows, "hooks went on watching after the block"
