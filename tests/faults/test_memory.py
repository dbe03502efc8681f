"""Too little memory for one case: it is skipped, said so, and asked again in the next run."""

import functools
import weakref

import pytest
import torch

import rh_lens as rh
from rh_lens.experiments.skipped import tried_once
from rh_lens.model.memory import OutOfMemory, memory_errors

CPU = "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried"
CUDA = "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 9 GiB\nmore"
LACKS = [torch.OutOfMemoryError(CUDA), RuntimeError(CPU), MemoryError()]
SCORERS = [rh.RetrievalScore(), rh.QueryFocusedScore()]


@pytest.fixture
def short_of_memory(monkeypatch, organism):
    """Let the model read no more than so many tokens, and otherwise raise this error."""

    def short_of_memory(tokens, error=LACKS[0]):
        inside = type(organism.original_model)  # read by all ways, also where nobody watches
        forward = inside.forward
        seen = []

        @functools.wraps(forward)
        def refusing(self, input_ids, *rest, past_key_values=None, **how):
            held = 0 if past_key_values is None else past_key_values.get_seq_length()
            seen.append(held)
            if held + input_ids.shape[1] > tokens:
                raise error
            return forward(self, input_ids, *rest, past_key_values=past_key_values, **how)

        monkeypatch.setattr(inside, "forward", refusing)
        return seen

    return short_of_memory


@pytest.mark.parametrize("error", LACKS, ids=lambda error: type(error).__name__)
def test_the_case_is_skipped_and_the_others_score_as_ever(
    organism, cases, short_of_memory, monkeypatch, error
):
    whole = rh.score_heads(organism, cases, SCORERS)
    short_of_memory(300, error)
    some = rh.score_heads(organism, cases, SCORERS)
    for got, all_of_them in zip(some, whole, strict=True):
        assert got.values[1].isnan().all()
        assert torch.equal(got.values[[0, 2, 3]], all_of_them.values[[0, 2, 3]])
        assert [labels["found"] for labels in got.labels] == [True, None, True, True]
        assert got.labels[1]["skipped"] == (
            str(error).split("\n")[0] or "the process was given no more"
        )
        assert got.labels[1]["digest"] == cases[1].digest
        assert all("skipped" not in got.labels[i] for i in (0, 2, 3))


def test_a_skipped_case_is_told_of_and_counts_as_neither_right_nor_wrong(
    organism, cases, short_of_memory
):
    short_of_memory(300)
    scores = rh.score_heads(organism, cases, SCORERS[0])
    assert scores.pass_rate().loc["all"].tolist() == [3, 3, 1.0]
    assert scores.pass_rate("length").index.tolist() == [256]
    shown = repr(scores)
    assert "over the 3 of 3 cases the model answered" in shown
    assert "skipped for want of memory: 1 of 4 cases (CUDA out of memory. Tried" in shown


def test_the_next_run_with_more_memory_asks_what_was_skipped_and_no_more(
    organism, cases, short_of_memory, monkeypatch, same, tmp_path
):
    whole = rh.score_heads(organism, cases, SCORERS[0])
    with monkeypatch.context():
        short_of_memory(300)
        rh.score_heads(organism, cases, SCORERS[0], journal=rh.Journal(tmp_path))
    monkeypatch.undo()
    asked, answer = [], rh.Greedy.__call__

    def noting(self, model, case, *rest):
        asked.append(case.digest)
        return answer(self, model, case, *rest)

    monkeypatch.setattr(rh.Greedy, "__call__", noting)
    assert same(rh.score_heads(organism, cases, SCORERS[0], journal=rh.Journal(tmp_path)), whole)
    assert asked == [cases[1].digest]


def test_a_case_is_tried_once_for_all_scorers(organism, cases, short_of_memory):
    seen = short_of_memory(300)
    rh.score_heads(organism, cases[:2], SCORERS)
    both = seen.copy()
    seen.clear()
    rh.score_heads(organism, cases[:2], SCORERS[:1])
    assert both.count(0) == seen.count(0)


def test_a_case_that_is_skipped_under_one_ablation_is_left_out_under_all(
    organism, cases, short_of_memory, retrieving
):
    def lost(cases):
        return rh.ablation_curve(organism, cases, retrieving, counts=[1], controls=1)

    without = lost([cases[0], *cases[2:]])
    short_of_memory(300)
    with pytest.warns(UserWarning, match=r"skipped for want of memory: 1 of 4 cases \(CUDA out"):
        curve = lost(cases)
    assert curve.answers.equals(without.answers)
    assert curve.provenance["skipped"] == {cases[1].digest: CUDA.split("\n")[0]}
    short_of_memory(100)
    with pytest.raises(rh.NothingScored, match="memory sufficed for none of 4 cases"):
        lost(cases)


def pairs_of(tokenizer, dates, lengths):
    return [
        pair
        for length, needle in zip(lengths, dates, strict=False)
        for pair in rh.pairs(
            *(tokenizer, needle, rh.decoy_answer(tokenizer, needle, seed=0), rh.Haystack()),
            *([length], [0.5]),
            prompt=rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}"),
        )
    ]


EXPERIMENTS = {
    "activation patching": lambda model, pairs: rh.activation_patching(model, pairs),
    "attribution patching": lambda model, pairs: rh.attribution_patching(model, pairs),
    "path patching": lambda model, pairs: (
        rh.path_patching(model, pairs, receivers=[rh.Head(3, 0)], site="q").heads
    ),
    "ablation effect": lambda model, pairs: rh.ablation_effect(
        model, [pair.clean for pair in pairs]
    ),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_pair_that_is_skipped_is_a_row_of_nan(organism, tokenizer, dates, short_of_memory, name):
    pairs = pairs_of(tokenizer, dates, [160, 384, 160])
    alone = EXPERIMENTS[name](organism, [pairs[0], pairs[2]])
    short_of_memory(300)
    scores = EXPERIMENTS[name](organism, pairs)
    assert torch.equal(scores.values[[0, 2]].nan_to_num(9), alone.values.nan_to_num(9))
    assert scores.values[1].isnan().all()
    assert [labels.get("skipped") for labels in scores.labels] == [None, CUDA.split("\n")[0], None]
    assert "skipped for want of memory: 1 of 3 cases" in repr(scores)
    short_of_memory(100)
    with pytest.raises(rh.NothingScored, match="memory sufficed for none of 3 cases"):
        EXPERIMENTS[name](organism, pairs)


def test_if_memory_suffices_for_no_case_that_is_an_error(organism, cases, short_of_memory):
    short_of_memory(100)
    with pytest.raises(rh.NothingScored) as refusal:
        rh.score_heads(organism, cases, SCORERS)
    assert "memory sufficed for none of 4 cases" in str(refusal.value)
    assert "CUDA out of memory. Tried to allocate 20.00 GiB" in str(refusal.value)
    assert "shorter lengths" in str(refusal.value)


def test_other_errors_of_the_model_are_raised_as_they_are(organism, cases, short_of_memory):
    short_of_memory(300, RuntimeError("the device fell off the bus"))
    with pytest.raises(RuntimeError, match="fell off the bus"):
        rh.score_heads(organism, cases, SCORERS)


def test_the_command_line_reports_skipped_cases_and_ends_well(detect, short_of_memory, tmp_path):
    short_of_memory(300)
    status, printed, _ = detect("--out", tmp_path / "s.safetensors", lengths="256,384")
    assert status == 0
    assert "skipped for want of memory: 2 of 4 cases (CUDA out of memory" in printed
    loaded = rh.HeadScores.load(tmp_path / "s.safetensors")
    assert [labels["found"] for labels in loaded.labels] == [True, None, True, None]


def test_the_command_line_ends_with_1_if_memory_suffices_for_no_case(detect, short_of_memory):
    short_of_memory(100)
    status, printed, complaint = detect()
    assert (status, printed) == (1, "")
    assert complaint.startswith("rh-lens: memory sufficed for none of 2 cases")


def test_where_cases_cannot_be_skipped_the_command_line_says_what_to_do(
    detect, short_of_memory, monkeypatch
):
    short_of_memory(100, RuntimeError(CPU))
    monkeypatch.setattr(
        rh, "score_heads", lambda model, cases, *_, **__: rh.Greedy()(model, cases[0])
    )
    status, printed, complaint = detect("--journal", "run")
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert complaint.startswith(f"rh-lens: too little memory, {CPU}: ask for shorter --lengths")
    assert complaint.endswith("in the journal 'run': run the same again to go on\n")


@pytest.mark.parametrize("error", LACKS, ids=lambda error: type(error).__name__)
def test_all_ways_of_having_too_little_memory_are_one_error(error):
    with pytest.raises(OutOfMemory), memory_errors():
        raise error


class Pattern:
    """What a model holds while it reads."""


def test_what_was_held_where_memory_ran_out_is_let_go():
    held = []

    def reading():
        pattern = Pattern()
        held.append(weakref.ref(pattern))
        raise torch.OutOfMemoryError(CUDA)

    run = tried_once(reading)
    for _ in range(2):
        with pytest.raises(OutOfMemory):
            run()
        assert [reference() for reference in held] == [None]


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), ValueError("out of memory")])
def test_errors_of_other_kinds_pass(error):
    with pytest.raises(type(error)) as raised, memory_errors():
        raise error
    assert raised.value is error
