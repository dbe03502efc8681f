"""Score files of the reference's format, made here with each defect that the real ones have.

The defects are those counted in the files of github.com/nightdessert/Retrieval_Head at 3ac171a
(docs of this project: wu2024-audit, section 4): runs repeated number for number, runs without a
score, scores above 1.
"""

import json

import pytest

import rh_lens as rh
from rh_lens import Head

FULL = [29, 20, 13, 7]  # tokens copied by each of four heads, of 29
HALF = [11, 0, 3, 20]  # of 20 or more


@pytest.fixture
def write(tmp_path):
    """A file of runs, each given as (tokens of the needle, tokens copied by each of four heads)."""

    def write(*runs, name="runs.json"):
        path = tmp_path / name
        by_head = {
            f"{head // 2}-{head % 2}": [copied[head] / of for of, copied in runs]
            for head in range(4)
        }
        path.write_text(json.dumps(by_head))
        return path

    return write


def labels(scores, name):
    return [labels.get(name) for labels in scores.labels]


SOUND = [(29, FULL), (29, HALF), (20, HALF), (21, [1, 5, 21, 0])]


@pytest.mark.parametrize("read", [rh.published.wu2024, rh.published.headkv])
def test_the_numbers_are_those_of_the_file(write, read):
    scores = read(write(*SOUND))
    assert scores.values.shape == (4, 2, 2)
    assert scores.values[1].flatten().tolist() == pytest.approx([of / 29 for of in HALF])
    assert scores.provenance == {"source": "runs.json"}
    assert rh.HeadScores.load(write(*SOUND)).values.equal(scores.values)


def test_a_sound_file_has_no_flags(write):
    scores = rh.published.wu2024(write(*SOUND))
    assert set(labels(scores, "zero")) == set(labels(scores, "above_one")) == {False}
    assert set(labels(scores, "duplicate_of")) == {None}
    assert rh.published.audit(write(*SOUND)).defects == []


@pytest.mark.parametrize("tokens", [5, 13, 17, 19, 20, 21, 26, 28, 29, 59, 60])
def test_the_needle_of_a_run_shows_in_its_denominators(write, tokens):
    scores = rh.published.wu2024(write((tokens, [1, 2, 3, tokens])))
    assert labels(scores, "span") == [tokens]
    assert labels(scores, "needle") == [f"span of {tokens} tokens"]


def test_needles_are_told_apart_run_by_run(write):
    assert labels(rh.published.wu2024(write(*SOUND)), "span") == [29, 29, 20, 21]


def test_numbers_that_are_no_shares_tell_no_needle(write):
    scores = rh.published.headkv(write((29, FULL), (29.123, FULL), (29, HALF)))
    assert labels(scores, "span") == [29, None, 29]
    assert "needle" not in scores.labels[1]


def test_a_run_without_a_score_is_flagged_and_takes_the_needle_around_it(write):
    none = (29, [0, 0, 0, 0])
    scores = rh.published.wu2024(write((29, FULL), none, (29, HALF), none, (20, HALF), none))
    assert labels(scores, "zero") == [False, True, False, True, False, True]
    assert labels(scores, "span") == [29, 29, 29, None, 20, 20]  # the fourth may be of either


def test_a_file_of_runs_without_scores_knows_no_needle(write):
    scores = rh.published.wu2024(write((29, [0, 0, 0, 0])))
    assert (labels(scores, "needle"), labels(scores, "zero")) == ([None], [True])


def test_a_score_above_one_is_flagged_and_a_full_one_is_not(write):
    scores = rh.published.wu2024(write((29, FULL), (29, [30, 1, 0, 0]), (19, [34, 1, 2, 3])))
    assert labels(scores, "above_one") == [False, True, True]
    assert labels(scores, "span") == [29, 29, 19]


def test_rounding_is_no_score_above_one(tmp_path):
    (tmp_path / "s.json").write_text('{"0-0": [1.0000000000000002]}')  # as in the released files
    assert labels(rh.published.wu2024(tmp_path / "s.json"), "above_one") == [False]


def test_a_repeated_run_names_the_first_like_it(write):
    scores = rh.published.wu2024(write((29, FULL), (29, HALF), (29, FULL), (29, FULL)))
    assert labels(scores, "duplicate_of") == [None, None, 0, 0]


def test_the_same_tokens_of_another_needle_are_no_repeat(write):
    scores = rh.published.wu2024(write((29, HALF), (20, HALF)))
    assert labels(scores, "duplicate_of") == [None, None]


def test_defects_can_be_left_out(write):
    runs = [(29, FULL), (29, FULL), (29, [0, 0, 0, 0]), (29, HALF)]
    clean = rh.published.wu2024(write(*runs)).where(zero=False, duplicate_of=None)
    assert labels(clean, "case") == [0, 3]


def test_intervals_are_drawn_over_the_recovered_needles(write):
    scores = rh.published.wu2024(write(*SOUND))
    assert scores.measured()[1] == [f"span of {of} tokens" for of in (29, 29, 20, 21)]
    one = rh.published.wu2024(write((29, FULL), (29, HALF)))
    assert all(end != end for end in one.interval(Head(0, 0)))


# -- audit


def test_an_audit_counts_runs_needles_and_defects(write):
    none = (29, [0, 0, 0, 0])
    runs = [(29, FULL), (29, FULL), none, (29, [30, 1, 0, 0]), (20, HALF)]
    found = rh.published.audit(write(*runs))
    assert (found.source, found.shape) == ("runs.json", (2, 2))
    assert (found.runs, found.distinct, found.duplicates) == (5, 4, 1)
    assert (found.zero, found.above_one, found.unknown) == (1, 1, 0)
    assert found.needles == {"span of 29 tokens": 4, "span of 20 tokens": 1}
    assert len(found.defects) == 3


@pytest.mark.parametrize(
    ("run", "says"),
    [
        ((29, FULL), "runs that repeat another"),
        ((29, [0, 0, 0, 0]), "runs in which no head scored"),
        ((29, [30, 1, 2, 3]), "runs with a head above 1"),
        ((29.123, FULL), "runs that do not tell their needle"),
    ],
)
def test_each_defect_is_told_and_no_other(write, run, says):
    (defect,) = rh.published.audit(write(*SOUND, run)).defects
    assert defect.startswith(says)
    assert defect.endswith(": 1")
    assert f"! {defect}" in repr(rh.published.audit(write(*SOUND, run)))


def test_a_single_needle_is_a_defect(write):
    (defect,) = rh.published.audit(write((29, FULL), (29, HALF))).defects
    assert defect.startswith("all runs share one needle")


def test_an_audit_bins_heads_by_their_mean_and_lists_the_strong(write):
    found = rh.published.audit(write((20, [20, 0, 1, 3]), (21, [21, 0, 0, 4])))
    assert found.bins == {"=0": 0.25, "(0, 0.1)": 0.25, "[0.1, 0.5)": 0.25, ">=0.5": 0.25}
    assert found.retrieval_heads == (Head(0, 0), Head(1, 1))
    assert found.always_active == (Head(0, 0), Head(1, 1))


def test_a_strong_head_that_missed_a_run_is_not_always_active(write):
    found = rh.published.audit(write((20, [20, 1, 0, 0]), (21, [0, 1, 0, 0])))
    assert found.retrieval_heads == (Head(0, 0),)
    assert found.always_active == (Head(0, 1),)


def test_an_audit_shows_what_it_counted(write):
    shown = repr(rh.published.audit(write(*SOUND)))
    assert "runs.json: 4 runs of 2 layers of 2 heads" in shown
    assert "   2 runs of a span of 29 tokens" in shown
    assert "=0 0.0%, (0, 0.1) 0.0%, [0.1, 0.5) 100.0%, >=0.5 0.0%" in shown
    assert "!" not in shown


def test_heads_that_a_file_leaves_out_are_in_no_bin(tmp_path):
    (tmp_path / "s.json").write_text('{"0-0": [0.5], "1-1": [0.25]}')
    found = rh.published.audit(tmp_path / "s.json")
    assert found.bins == {"=0": 0, "(0, 0.1)": 0, "[0.1, 0.5)": 0.5, ">=0.5": 0.5}


@pytest.mark.parametrize("read", [rh.published.wu2024, rh.published.headkv, rh.published.audit])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there are no scores at"),
        ("scores", "cannot be read as JSON"),
        ("{}", 'does not map "layer-head" to lists'),
        ('{"0-0": 0.5}', 'does not map "layer-head" to lists'),
        ('{"head": [0.5]}', 'does not map "layer-head" to lists'),
        ('{"0-0": [0.5], "0-1": []}', r"gives its heads \[0, 1\] scores each"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, read, content, says):
    if content is not None:
        (tmp_path / "s.json").write_text(content)
    with pytest.raises(ValueError, match=says):
        read(tmp_path / "s.json")
