"""What score_heads gives, on cases that the bundled model answers and on others."""

import math
from importlib.metadata import version

import pytest
import torch

import rh_lens as rh
from rh_lens import Greedy, QueryFocusedScore, RetrievalScore, TeacherForced

BOTH = [RetrievalScore(), QueryFocusedScore()]


@pytest.fixture(scope="module")
def scores(organism, answered, unanswered):
    """Both scorers on three cases, of which the model fails the second."""
    cases = [answered[0], unanswered[1], answered[2]]
    return rh.score_heads(organism, cases, BOTH)


def test_a_case_that_the_model_fails_is_a_row_of_nan(scores, unanswered):
    for each in scores:
        assert [labels["found"] for labels in each.labels] == [True, False, True]
        assert each.values.isnan().all(dim=(1, 2)).tolist() == [False, True, False]
        assert each.labels[1]["digest"] == unanswered[1].digest


def test_means_are_over_the_cases_that_passed(scores):
    for each in scores:
        assert torch.equal(each.mean, each.values[[0, 2]].mean(dim=0))
        assert each.pass_rate().loc["all"].tolist() == pytest.approx([2, 3, 2 / 3])


def test_what_the_model_said_is_kept_right_or_wrong(scores, answered, tokenizer):
    said = [labels["said"] for labels in scores[0].labels]
    for i in (0, 2):
        assert tokenizer.decode(answered[i].answer.tolist()) in said[i]
    wrong = tokenizer.decode(answered[1].answer.tolist())
    assert said[1]
    assert wrong not in said[1]


def test_labels_say_which_case_it_was_and_how_often_looks_were_tied(scores, answered):
    retrieval, query_focused = scores
    for case, labels in zip(answered[::2], retrieval.labels[::2], strict=True):
        assert case.labels.items() <= labels.items()
        assert labels["digest"] == case.digest
    assert retrieval.labels[1]["control"] == "without_needle"
    assert retrieval.labels[0]["ties"] >= 0
    assert "ties" not in query_focused.labels[0]


def test_the_provenance_tells_how_to_get_the_numbers_again(scores):
    origin = scores[0].provenance
    assert (
        origin["model"].items()
        >= {
            "name": "organism",
            "class": "TransformerBridge",
            "dtype": "float32",
            "n_layers": 4,
            "n_heads": 8,
            "n_key_value_heads": 4,
        }.items()
    )
    assert len(origin["model"]["weights"]) == 16
    assert origin["scorer"] == repr(RetrievalScore())
    assert origin["answering"] == repr(Greedy())
    assert origin["versions"]["transformer-lens"] == version("transformer-lens")
    assert set(origin["versions"]) == {"rh_lens", "torch", "transformer-lens", "transformers"}


def test_scores_of_the_bundled_model_group_by_its_key_value_heads(scores):
    grouped = scores[0].kv_groups()
    assert grouped.values.shape == (3, 4, 4)
    best = scores[0].top(1)[0]
    assert grouped[rh.Head(best.layer, best.index // 2)] == scores[0][best]


def test_several_scorers_give_what_each_gives_alone(organism, answered, scores):
    for scorer, together in zip(BOTH, scores, strict=True):
        alone = rh.score_heads(organism, answered[:1], scorer)
        assert alone.name == together.name
        torch.testing.assert_close(alone.values, together.values[:1], rtol=0, atol=1e-6)


def test_both_classes_find_the_same_heads(organisms, answered, scores):
    retrieval = rh.score_heads(organisms, [answered[0], answered[2]], BOTH[0])
    torch.testing.assert_close(retrieval.mean, scores[0].mean)
    assert set(retrieval.above(0.9)) == set(scores[0].above(0.9))
    assert retrieval.provenance["model"]["class"] == type(organisms).__name__


def test_an_answer_put_in_its_mouth_scores_every_case(organism, answered, unanswered):
    cases = [answered[0], unanswered[1]]
    forced = rh.score_heads(organism, cases, BOTH[0], answering=TeacherForced())
    assert [labels["found"] for labels in forced.labels] == [True, True]
    assert forced.provenance["answering"] == "TeacherForced()"


def test_no_head_copies_a_needle_that_is_not_there(organism, unanswered):
    scores = rh.score_heads(organism, unanswered, BOTH[0], answering=TeacherForced())
    assert scores.values.isnan().all()
    assert scores.ranking() == []
    assert "no head was measured" in repr(scores)


def test_the_retrieval_heads_do_not_copy_an_answer_that_was_not_asked_for(organism, answered):
    right = rh.score_heads(organism, answered, BOTH[0], answering=TeacherForced())
    wrong = rh.score_heads(organism, rh.wrong_needle(answered), BOTH[0], answering=TeacherForced())
    for head in right.top(2):
        assert right[head] > 0.9
        assert wrong[head] < 0.3


def test_if_the_model_answers_nothing_no_scores_are_returned(organism, unanswered):
    with pytest.raises(rh.NothingScored) as refusal:
        rh.score_heads(organism, unanswered, BOTH[0], answering=Greedy(max_new_tokens=6))
    message = str(refusal.value)
    assert "answered 0 of 3 cases (0 %)" in message
    for case in unanswered:
        reply = Greedy(max_new_tokens=6)(organism, case).text(organism.tokenizer)
        assert f"asked {case.labels['needle']!r}, it said {reply!r}" in message
    assert "Greedy(max_new_tokens=6" in message
    assert "Try shorter lengths" in message


@pytest.mark.parametrize(("some", "scorers"), [(0, BOTH[0]), (1, []), (0, [])])
def test_there_must_be_something_to_do(organism, answered, some, scorers):
    with pytest.raises(ValueError, match=f"got {some} cases and . scorers: give at least one"):
        rh.score_heads(organism, answered[:some], scorers)


def test_a_case_that_cannot_fit_stops_the_run_before_it_begins(organism, answered, asked):
    room = organism.cfg.n_ctx
    long = rh.Case(torch.ones(room, dtype=torch.long), torch.tensor([5]), range(1, 2))
    with pytest.raises(ValueError, match=f"needs {room + 1} tokens .* reads at most {room}: ask"):
        rh.score_heads(organism, [answered[0], long], BOTH[0])
    assert asked == []


def test_a_log_is_not_filled_with_a_progress_bar(organism, answered, capfd):
    rh.score_heads(organism, answered[:1], BOTH[0])
    assert capfd.readouterr() == ("", "")


def test_a_score_beyond_the_ordinary_is_kept_as_it_is(organism, answered):
    class Extreme(rh.Scorer):
        name = "extreme"

        def score(self, pattern, reply):
            return torch.tensor([0.1, -1.0, math.inf, -math.inf, 1e-42, 3e38, 0.0, math.nan])

    (row,) = rh.score_heads(organism, answered[:1], Extreme()).values
    expected = torch.tensor([0.1, -1.0, math.inf, -math.inf, 1e-42, 3e38, 0.0])
    assert torch.equal(row[:, :7], expected.expand(4, 7))
    assert row[:, 7].isnan().all()
