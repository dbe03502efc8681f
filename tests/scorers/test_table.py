"""What each score gives to nine known behaviours: by hand, and in transformers built to behave so.

The prompt: BOS, 8 fillers, a needle of 8 tokens (the last 4 are the value), 8 fillers, 3 other
documents of 6, 8 fillers, and a question of 6 tokens, of which the fourth is the needle's third.
The answer is the value. Every other token occurs once.
"""

import math

import pytest
import torch
from planted import Stream

import rh_lens as rh
from rh_lens.scorers.scorer import judge

FILLER, BODY, VALUE = list(range(1, 25)), [25, 26, 27, 28], [29, 30, 31, 32]
DOCUMENTS = [list(range(33 + 6 * d, 39 + 6 * d)) for d in range(3)]
QUESTION = [51, 52, 53, BODY[2], 54, 55]
TOKENS = [
    *(0, *FILLER[:8], *BODY, *VALUE, *FILLER[8:16]),
    *(token for document in DOCUMENTS for token in document),
    *(*FILLER[16:], *QUESTION),
]
FACT, ANSWER, ASKED = range(9, 17), range(13, 17), range(51, 57)
P, S = 57, 61
SPANS = {
    "fact": (FACT,),
    "gold": (FACT,),
    "distractors": tuple(range(25 + 6 * d, 31 + 6 * d) for d in range(3)),
    "question": (ASKED,),
    "haystack": (range(1, 51),),
}
VALUE_CASE = rh.Case(torch.tensor(TOKENS), torch.tensor(VALUE), ANSWER, spans=SPANS)
FACT_CASE = rh.Case(torch.tensor(TOKENS), torch.tensor(VALUE), FACT, spans=SPANS)
BEHAVIOURS = ["sink", "uniform", "previous", "duplicate", "induction"]
BEHAVIOURS += ["copy", "relevance", "reader", "local"]


def looks(case):
    """[behaviour, row, key]: where each behaviour looks, written down."""
    everything = [*case.tokens.tolist(), *case.answer.tolist()]
    start, stop = len(case), len(everything)

    def last(i, after):
        earlier = [j + after for j in range(1, i) if everything[j] == everything[i]]
        return earlier[-1:]

    said_from = {start - 1 + t: case.needle[t] for t in range(min(4, len(case.needle)))}
    places = {
        "sink": lambda i: [],
        "uniform": lambda i: range(i + 1),
        "previous": lambda i: range(max(0, i - 1), i),
        "duplicate": lambda i: last(i, 0) or [i],  # a first occurrence looks at itself
        "induction": lambda i: last(i, 1),
        "copy": lambda i: [said_from[i]] if i in said_from else [],
        "relevance": lambda i: FACT if start - 8 <= i < start else [],
        "reader": lambda i: FACT if i >= start else [],
        "local": lambda i: range(max(0, i - 3), i + 1),
    }
    patterns = torch.zeros(len(BEHAVIOURS), stop, stop)
    for behaviour, name in enumerate(BEHAVIOURS):
        for i in range(stop):
            keys = list(places[name](i)) or [0]
            patterns[behaviour, i, keys] = 1 / len(keys)
    return patterns


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def uniform(count, rows):
    """The mass that `count` keys get from uniform rows, on average."""
    return mean(count / (i + 1) for i in rows)


NEXT, SAME, LAST = range(56, 60), range(57, 61), range(49, 57)
REST = mean(-8 / (i + 1 - 8) for i in NEXT)  # contrast of a row that misses the fact
MISS = {i: -8 / (i + 1 - 8) / 4 for i in NEXT}
CORE = {s: 1 / (1 + 3 * math.exp(-s / 0.1)) for s in (0, 1 / 6, 1)}
U = uniform(8, ASKED), uniform(6, ASKED)
CORE_UNIFORM = 1 / (1 + 3 * math.exp((U[1] - U[0]) / 0.1))

# scorer, whether the needle is the whole fact, and what the nine behaviours earn, in their order
TABLE = [
    (rh.RetrievalScore(), False, [0, 0, 0, 0, 3 / 4, 1, 0, 0, 0]),
    (rh.RetrievalScore(counting="steps"), True, [0, 0, 0, 0, 3 / 8, 1 / 2, 0, 0, 0]),
    (rh.RetrievalScore(pairing="same_step"), False, [0, 0, 0, 1, 0, 0, 0, 0, 0]),
    (rh.HeadKVR2Score(), True, [0, 0, 0, 3 / 8, 3 / 8, 1 / 2, 1 / 8, 3 / 8, 0]),
    (
        rh.SemanticRetrievalScore(),
        True,
        [0, uniform(8, NEXT), 0, 3 / 4, 3 / 4, 1, 1 / 4, 3 / 4, 0],
    ),
    (rh.EvidenceMass(), False, [0, uniform(8, LAST), 0, 1 / 8, 1 / 8, 1 / 8, 1, 0, 0]),
    (rh.QueryFocusedScore(), False, [0, U[0], 0, 1 / 6, 1 / 6, 1 / 6, 1, 0, 0]),
    (
        rh.ContrastiveRelevanceScore(),
        False,
        [
            *(CORE[0], CORE_UNIFORM, CORE[0], CORE[1 / 6], CORE[1 / 6], CORE[1 / 6]),
            *(CORE[1], CORE[0], CORE[0]),
        ],
    ),
    (rh.ContextualScore(), False, [0, uniform(8, SAME), 0, 1, 3 / 4, 3 / 4, 0, 1, 0]),
    (rh.PassageHitRate(), False, [0, 0, 0, 3 / 4, 3 / 4, 1, 1 / 4, 3 / 4, 0]),
    (
        rh.SpatialContrast(),
        True,
        [
            *(REST, 0, REST, 3 / 4 + MISS[56], 3 / 4 + MISS[56], 1),
            *(1 / 4 + MISS[57] + MISS[58] + MISS[59], 3 / 4 + MISS[56], REST),
        ],
    ),
    (
        rh.PreviousTokenScore(window=40),
        False,
        [0, uniform(1, range(21, 61)), 1, 0, 0, 0, 0, 0, 1 / 4],
    ),
    (rh.DuplicateTokenScore(), False, [0, uniform(1, SAME), 0, 1, 0, 0, 0, 1 / 8, 0]),
    (
        rh.InductionScore(),
        False,
        [0, uniform(1, SAME), 0, 0, 1, 3 / 4, 0, 3 / 4 / 8, 0],
    ),
    (rh.LocalMass(sink=0, window=4), False, [0, uniform(4, NEXT), 1, 1 / 4, 0, 0, 0, 0, 1]),
]


def named(row):
    return f"{row[0]!r}-{'fact' if row[1] else 'value'}" if isinstance(row, tuple) else None


def scored(scorer, case, patterns):
    reply = rh.Reply(case, case.answer, True)
    rows = scorer.rows(reply)
    return scorer.score(patterns[:, rows.start : rows.stop, : rows.stop], reply)


@pytest.mark.parametrize("row", TABLE, ids=named)
def test_written_down_patterns_earn_what_the_definition_gives(row):
    scorer, whole, expected = row
    case = FACT_CASE if whole else VALUE_CASE
    # whichever span is the needle, the copy head copies the value
    found = scored(scorer, case, looks(VALUE_CASE))
    torch.testing.assert_close(found, torch.tensor(expected) * 1.0, atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def model(kind, tmp_path_factory):
    """Layer 1 holds the nine behaviours, in their order; each copies what it looks at."""
    stream = Stream(vocab=56, positions=S, n_heads=10, d_head=62)
    said = {"carries": ("token", "said")}
    planted = stream.plant(
        [
            [stream.previous()],
            [
                stream.looking(lambda i: [], **said),
                stream.looking(lambda i: range(i + 1), **said),
                stream.looking(lambda i: range(max(0, i - 1), i), **said),
                stream.duplicate(**said),
                stream.induction(**said),
                stream.looking(lambda i: [i - 43] if i in NEXT else [], **said),
                stream.looking(lambda i: FACT if P - 8 <= i < P else [], **said),
                stream.looking(lambda i: FACT if i >= P else [], **said),
                stream.looking(lambda i: range(max(0, i - 3), i + 1), **said),
            ],
        ]
    )
    folder = tmp_path_factory.mktemp("nine")
    planted.save_pretrained(folder)
    return rh.load(folder, kind=kind)


@pytest.mark.parametrize("row", TABLE, ids=named)
def test_planted_transformers_earn_the_same(model, row):
    scorer, whole, expected = row
    case = FACT_CASE if whole else VALUE_CASE
    (verdict,) = judge(model, rh.TeacherForced()(model, case), [scorer])
    torch.testing.assert_close(
        verdict.scores[1, :9], torch.tensor(expected) * 1.0, atol=1e-4, rtol=0
    )


def test_one_replay_for_all_scorers_gives_what_each_alone_gives(model):
    scorers = [scorer for scorer, whole, _ in TABLE if not whole]
    together = judge(model, rh.TeacherForced()(model, VALUE_CASE), scorers)
    for scorer, verdict in zip(scorers, together, strict=True):
        alone = scorer(model, rh.TeacherForced()(model, VALUE_CASE))
        torch.testing.assert_close(verdict.scores, alone, atol=1e-6, rtol=0)


UNIT = 2  # what a look at the token said adds to its logit: a feature is +1 and -1


@pytest.mark.parametrize(
    ("scorer", "expected"),
    [
        (
            rh.WriteContribution(),
            [0, uniform(1, NEXT), 0, 0, 3 / 4, 1, 1 / 8 / 4, 3 / 8 / 4, 0],
        ),
        (
            rh.LogitAttribution(),
            [0, uniform(1, NEXT), 0, 0, 3 / 4, 1, 1 / 8 / 4, 3 / 8 / 4, 0],
        ),
    ],
    ids=repr,
)
def test_heads_that_copy_write_towards_what_they_look_at(model, scorer, expected):
    scores = scorer(model, rh.TeacherForced()(model, FACT_CASE))[1, :9] / UNIT
    torch.testing.assert_close(scores, torch.tensor(expected), atol=1e-3, rtol=0)


def test_equal_values_leave_the_value_weighted_mass_a_plain_mass(model):
    scores = rh.ValueWeightedMass()(model, rh.TeacherForced()(model, VALUE_CASE))[1, :9]
    expected = [0, uniform(4, NEXT), 0, 3 / 4, 3 / 4, 1, 1 / 8, 3 / 8, 0]
    torch.testing.assert_close(scores, torch.tensor(expected), atol=1e-4, rtol=0)


def test_the_rest_of_the_scores_by_hand():
    patterns = looks(VALUE_CASE)
    sink, spread, reader, local = (
        BEHAVIOURS.index(name) for name in ("sink", "uniform", "reader", "local")
    )
    masses = scored(rh.SinkMass(), VALUE_CASE, patterns)
    assert masses[sink] == 1
    assert masses[spread].item() == pytest.approx(uniform(1, NEXT))
    entropy = scored(rh.AttentionEntropy(), VALUE_CASE, patterns)
    assert entropy[sink] == 0
    assert entropy[spread].item() == pytest.approx(1)
    assert entropy[local].item() == pytest.approx(mean(math.log(4, i + 1) for i in NEXT))
    lookback = scored(rh.LookbackRatio(), VALUE_CASE, patterns)
    assert (lookback[sink], lookback[reader]) == (1, 1)
    assert lookback[spread].item() == pytest.approx(0.5)


@pytest.mark.parametrize("times", [2, 4])
def test_a_perfect_induction_head_scores_one_on_repeats_and_a_sink_zero(times):
    sequence = torch.arange(1, 26)
    prompt = torch.cat([torch.tensor([0]), sequence.repeat(times - 1)])
    case = rh.Case(prompt, sequence, range(len(prompt) - 25, len(prompt)))
    patterns = looks(case)
    induction = dict(zip(BEHAVIOURS, scored(rh.InductionScore(), case, patterns), strict=True))
    duplicate = dict(zip(BEHAVIOURS, scored(rh.DuplicateTokenScore(), case, patterns), strict=True))
    rows = range(len(prompt), len(prompt) + 25)
    assert (induction["induction"], induction["duplicate"], induction["sink"]) == (1, 0, 0)
    assert (duplicate["duplicate"], duplicate["induction"], duplicate["sink"]) == (1, 0, 0)
    assert induction["uniform"].item() == pytest.approx(uniform(times - 1, rows))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rh.EvidenceMass(window=0),
        lambda: rh.PreviousTokenScore(window=0),
        lambda: rh.LocalMass(window=0),
        lambda: rh.ContrastiveRelevanceScore(temperature=0.0),
    ],
)
def test_an_impossible_option_says_what_is_possible(wrong):
    with pytest.raises(ValueError, match=r"or more|above 0|from 0 and 1"):
        wrong()


@pytest.mark.parametrize(
    ("scorer", "span"),
    [
        (rh.EvidenceMass(), "fact"),
        (rh.ContextualScore(), "fact"),
        (rh.PassageHitRate(), "fact"),
        (rh.ContrastiveRelevanceScore(), "question"),
    ],
    ids=repr,
)
def test_a_scorer_on_the_wrong_task_says_which_span_it_misses(model, scorer, span):
    bare = rh.Case(VALUE_CASE.tokens, VALUE_CASE.answer, VALUE_CASE.needle)
    with pytest.raises(ValueError, match=f"no span '{span}'"):
        scorer(model, rh.TeacherForced()(model, bare))
