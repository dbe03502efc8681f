"""Errors made on purpose, by planted heads that do what the type says."""

from dataclasses import dataclass

import pytest
import torch
from planted import Stream

import rh_lens as rh
from rh_lens.experiments.error_types import error_types, longest_run
from rh_lens.experiments.gaze import gaze
from rh_lens.model.reply import Answering, Reply

BOS, CUE, NEEDLE, OTHER = 0, 1, [2, 3, 4, 5], [6, 7, 8, 9]  # filler: 10 to 15
SINK, COPY, UNIFORM = rh.Head(0, 0), rh.Head(0, 1), rh.Head(0, 2)
TOKENS = [BOS, 10, *NEEDLE, 11, *OTHER, 12, 13, CUE]


def asked(answer=NEEDLE, needle=range(2, 6), tokens=TOKENS, **labels):
    """A document from position 1 to the filler at the end, and a question of 13 and CUE."""
    spans = {"haystack": (range(1, len(tokens) - 2),)}
    return rh.Case(torch.tensor(tokens), torch.tensor(answer), needle, labels, spans)


def copying(chain, kind, folder):
    """COPY says what follows CUE in `chain`, wherever it stands, and otherwise a mixture."""
    stream = Stream(vocab=16, positions=48, n_heads=4, d_head=48)
    copy = stream.copy([CUE, *chain], carries=("token", "said"))
    stream.plant([[stream.sink(), copy, stream.uniform()]]).save_pretrained(folder)
    return rh.load(folder, kind=kind)


@pytest.fixture(scope="module")
def right(kind, tmp_path_factory):
    return copying(NEEDLE, kind, tmp_path_factory.mktemp("right"))


@pytest.fixture(scope="module")
def wrong(kind, tmp_path_factory):
    return copying(OTHER, kind, tmp_path_factory.mktemp("wrong"))


@pytest.fixture(scope="module")
def half(kind, tmp_path_factory):
    return copying(NEEDLE[:2], kind, tmp_path_factory.mktemp("half"))


FOUR = rh.Greedy(max_new_tokens=4)


def only(model, heads, case=None, **options):
    (outcome,) = error_types(model, [case or asked()], heads, answering=FOUR, **options).outcomes
    return outcome


def test_saying_the_needle_is_an_answer(right):
    outcome = only(right, [COPY])
    assert outcome.type == "answered"
    assert (outcome.recall, outcome.held, outcome.quoted) == (1, 1, 0)
    assert outcome.gaze.looks["needle"] == 1


def test_saying_half_of_the_needle_is_incomplete(half):
    outcome = only(half, [COPY])
    assert (outcome.type, outcome.held) == ("incomplete retrieval", 0.5)
    assert outcome.gaze.looks["needle"] >= 0.5
    assert only(half, [COPY], part=0.6).type != "incomplete retrieval"


@dataclass(frozen=True)
class Scrambled(Answering):
    """Says all of the answer, in another order."""

    def __call__(self, model, case):
        return Reply(case, torch.tensor([4, 2, 5, 3]), False)


def test_all_words_of_the_needle_in_another_order_are_no_part_of_it(right):
    (outcome,) = error_types(right, [asked()], [COPY], answering=Scrambled()).outcomes
    assert (outcome.recall, outcome.held) == (1, 0.25)
    assert outcome.type == "hallucination"


def test_saying_other_text_that_the_heads_looked_at_is_a_wrong_extraction(wrong):
    outcome = only(wrong, [COPY])
    assert outcome.type == "wrong extraction"
    assert (outcome.recall, outcome.held, outcome.quoted) == (0, 0, 1)
    assert outcome.gaze.looks["other text"] == 1
    assert only(wrong, [COPY], quote=1.1).type == "hallucination"


def test_saying_other_text_while_the_heads_rest_on_the_sink_is_a_hallucination(wrong):
    """Another head fetched it: those that were watched did not work."""
    outcome = only(wrong, [SINK])
    assert (outcome.type, outcome.quoted) == ("hallucination", 1)
    assert outcome.gaze.looks["sink"] == outcome.gaze.mass["sink"] == 1


def test_saying_what_stands_nowhere_is_a_hallucination(wrong):
    """What the head looks for is not there, so it fetches nothing."""
    bare = asked(tokens=[BOS, 10, *NEEDLE, 11, 14, 15, 14, 15, 12, 13, CUE])
    outcome = only(wrong, [COPY], bare)
    assert outcome.type == "hallucination"
    assert outcome.held < 1 / 3
    assert outcome.quoted < 1 / 2


def test_the_fact_around_the_needle_is_no_other_text(wrong):
    """What the model quotes is of the fact that holds the answer."""
    case = asked()
    stated = rh.Case(
        case.tokens, case.answer, case.needle, {}, {**case.spans, "fact": (range(2, 11),)}
    )
    outcome = only(wrong, [COPY], stated)
    assert (outcome.quoted, outcome.gaze.looks["needle"]) == (0, 1)
    assert outcome.type == "hallucination"


def test_what_is_quoted_from_the_question_is_no_other_text(wrong):
    outcome = only(wrong, [COPY], asked(tokens=[BOS, 10, *NEEDLE, 11, *OTHER, CUE]))
    assert outcome.quoted == 3 / 4
    assert outcome.gaze.looks["other text"] == 3 / 4
    assert outcome.gaze.looks["question"] == 1 / 4


def test_shares_are_of_all_heads_and_steps_and_add_up(right):
    reply = Reply(asked(), torch.tensor(NEEDLE), True)
    seen = gaze(right, reply, [COPY, SINK, UNIFORM, COPY])
    assert seen.looks["needle"] == pytest.approx(1 / 3)
    assert seen.looks["sink"] == pytest.approx(2 / 3), "all alike: the first is taken"
    assert sum(seen.looks.values()) == pytest.approx(1)
    assert sum(seen.mass.values()) == pytest.approx(1)


def test_mass_is_what_a_uniform_head_pays_to_each_region(right):
    """From 14 tokens on, one more each step: 4 of needle, 1 of sink, 7 of text, 2 of question."""
    seen = gaze(right, Reply(asked(), torch.tensor(NEEDLE), True), [UNIFORM]).mass
    rows = [1 / length for length in (14, 15, 16, 17)]
    assert seen["needle"] == pytest.approx(4 * sum(rows) / 4)
    assert seen["sink"] == pytest.approx(sum(rows) / 4)
    assert seen["other text"] == pytest.approx(7 * sum(rows) / 4)
    assert seen["question"] == pytest.approx(2 * sum(rows) / 4)
    assert seen["reply"] == pytest.approx((1 / 15 + 2 / 16 + 3 / 17) / 4)


def test_under_an_ablation_its_reply_and_its_attention_are_seen(right):
    with rh.UniformAttention([COPY]).on(right):
        blind = only(right, [COPY])
    assert blind.type != "answered"
    assert blind.gaze.mass["needle"] < 0.4
    assert only(right, [COPY]).type == "answered", "the change ends with its block"


def test_a_change_begins_where_each_case_is_answered(right):
    """Two prompts of different lengths, as if each were asked by itself."""
    cases = [asked(), asked(tokens=[*TOKENS[:-2], 14, 15, *TOKENS[-2:]])]
    blind = rh.UniformAttention([COPY], scope="decoding")
    together = error_types(right, cases, [COPY], change=blind, answering=FOUR).outcomes
    for case, outcome in zip(cases, together, strict=True):
        with blind.on(right, case):
            alone = only(right, [COPY], case)
        assert outcome.type == alone.type != "answered"
        assert outcome.gaze == alone.gaze


def test_the_longest_run_is_found_wherever_it_stands():
    text = torch.tensor([5, 1, 2, 9, 1, 2, 3, 7])
    for said, longest in (
        ([1, 2, 3], 3), ([0, 1, 2, 0, 3], 2), ([3, 2, 1], 1), ([8], 0), ([1, 2, 9, 1, 2, 3, 7], 7),
        ([7, 7, 7], 1),
    ):  # fmt: skip
        assert longest_run(torch.tensor(said), text) == longest
    assert longest_run(torch.tensor([1, 1, 1, 1]), torch.tensor([1, 1, 2])) == 2


def test_types_are_counted_by_label(right):
    cases = [asked(length=1), asked(length=2), asked(answer=[14, 14, 14, 15], length=2)]
    found = error_types(right, cases, [COPY], answering=FOUR)
    assert found.counts().loc["all"].to_dict() == {
        "answered": 2, "incomplete retrieval": 0, "wrong extraction": 0, "hallucination": 1,
    }  # fmt: skip
    by_length = found.counts("length")
    assert by_length.loc[2, "answered"] == by_length.loc[2, "hallucination"] == 1
    assert by_length.loc[1].sum() == 1
    with pytest.raises(ValueError, match="no case has the labels"):
        found.counts("depth")


def test_each_case_has_a_row(right):
    frame = error_types(right, [asked(length=7)], [COPY], answering=FOUR).frame()
    row = frame.iloc[0]
    assert (row["length"], row["type"], row["said"]) == (7, "answered", "2 3 4 5")
    assert row[[f"looks at {region}" for region in ("needle", "sink")]].tolist() == [1, 0]


def test_without_its_retrieval_heads_the_bundled_model_makes_errors(organism, answered):
    heads = rh.score_heads(organism, answered, rh.RetrievalScore()).top(3)
    intact = error_types(organism, answered, heads)
    assert {outcome.type for outcome in intact.outcomes} == {"answered"}
    assert intact.looks().loc["answered", "looks at needle"] > 0.9
    blind = rh.UniformAttention(heads, scope="decoding")
    without = error_types(organism, answered, heads, change=blind)
    assert "answered" not in {outcome.type for outcome in without.outcomes}
    assert without.looks()["looks at needle"].max() < 0.5
    assert repr(blind) in repr(without)


@pytest.mark.parametrize("options", [{"part": 0.0}, {"part": 1.5}, {"quote": 0.0}])
def test_a_share_of_nothing_is_refused(right, options):
    with pytest.raises(ValueError, match="give shares of the answer"):
        only(right, [COPY], **options)


def test_nothing_to_sort_is_refused(right):
    with pytest.raises(ValueError, match="got no cases"):
        error_types(right, [], [COPY])
    with pytest.raises(ValueError, match="no heads"):
        only(right, [])
    with pytest.raises(ValueError, match="no span 'haystack'"):
        only(right, [COPY], rh.Case(torch.tensor(TOKENS), torch.tensor(NEEDLE), range(2, 6)))
