"""Retrieval scores of heads that were set by hand, in every class."""

import pytest
import torch
from planted import Stream

import rh_lens as rh

BOS, CUE, NEEDLE = 0, 1, [2, 3, 4, 5, 6, 7]  # filler: 8 to 15
HEADS = {
    "PREVIOUS": rh.Head(0, 0),
    "SINK": rh.Head(0, 1),
    "UNIFORM": rh.Head(0, 2),
    "INDUCTION": rh.Head(1, 0),
    "COPY": rh.Head(1, 1),
    "HALF_COPY": rh.Head(1, 2),
    "DUPLICATE": rh.Head(1, 3),
}


@pytest.fixture(scope="module")
def model(kind, tmp_path_factory):
    stream = Stream(vocab=16, positions=48, n_heads=4, d_head=48)
    said = {"carries": ("token", "said")}
    chain = [CUE, *NEEDLE]
    planted = stream.plant(
        [
            [stream.previous(), stream.sink(), stream.uniform()],
            [
                stream.induction(**said),
                stream.copy(chain, **said),
                stream.copy(chain[: 1 + len(NEEDLE) // 2]),
                stream.duplicate(),
            ],
        ]
    )
    folder = tmp_path_factory.mktemp("planted")
    planted.save_pretrained(folder)
    return rh.load(folder, kind=kind)


def cases(count=5):
    """BOS, filler, the cue and the needle after it, filler, and the cue again."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        filler = torch.randint(8, 16, (24,), generator=generator).tolist()
        cut = int(torch.randint(4, 20, (1,), generator=generator))
        before = [BOS, *filler[:cut], CUE]
        tokens = [*before, *NEEDLE, *filler[cut:], CUE]
        yield rh.Case(
            torch.tensor(tokens),
            torch.tensor(NEEDLE),
            needle=range(len(before), len(before) + len(NEEDLE)),
            labels={"needle": cut},
            spans={"haystack": (range(1, len(tokens) - 1),)},
        )


def scores(model, scorer):
    result = rh.score_heads(model, list(cases()), scorer)
    assert result.pass_rate()["rate"].item() == 1.0
    assert torch.equal(result.values, result.values[:1].expand_as(result.values)), (
        "every case alike"
    )
    return {name: result.values[0][head].item() for name, head in HEADS.items()}


def test_copying_heads_score_one_and_the_others_exactly_zero(model):
    assert scores(model, rh.RetrievalScore()) == {
        "PREVIOUS": 0,
        "SINK": 0,
        "UNIFORM": 0,
        "INDUCTION": 1,
        "COPY": 1,
        "HALF_COPY": 0.5,
        "DUPLICATE": 0,
    }


@pytest.mark.parametrize("counting", ["steps", "set"])
def test_a_needle_without_repeats_counts_the_same_in_every_way(model, counting):
    assert scores(model, rh.RetrievalScore(counting=counting)) == scores(model, rh.RetrievalScore())


def test_a_head_that_looks_one_beside_scores_only_with_tolerance(model):
    assert scores(model, rh.RetrievalScore(tolerance=1))["DUPLICATE"] == 1


def test_pairing_by_the_same_step_finds_the_duplicate_token_head_instead(model):
    found = scores(model, rh.RetrievalScore(pairing="same_step"))
    assert (found["DUPLICATE"], found["INDUCTION"], found["COPY"]) == (1, 0, 0)


def test_a_sink_head_keeps_zero_when_bos_is_out_of_sight(model):
    """Its attention beside BOS is no larger in the needle than elsewhere, so ties go elsewhere."""
    assert scores(model, rh.RetrievalScore(keys="haystack"))["SINK"] == 0


def test_ties_of_a_uniform_head_are_counted(model):
    case = next(cases())
    reply = rh.TeacherForced()(model, case)
    result = rh.score_heads(model, [case], rh.RetrievalScore(), answering=rh.TeacherForced())
    uniform = 2 * len(reply.tokens)  # two heads of layer 0 have no query and no key
    assert result.labels[0]["ties"] >= uniform


def test_the_planted_circuit_is_what_answers(model):
    reply = rh.Greedy()(model, next(cases()))
    assert reply.found
    assert reply.tokens.tolist() == NEEDLE


def test_scores_asked_for_together_are_those_asked_for_alone(model):
    """Also where one needs the last row of a reply, which nothing follows, and one what follows."""
    asked = [
        rh.LogitAttribution(),
        rh.InductionScore(),
        rh.RetrievalScore(pairing="same_step"),
    ]
    together = rh.score_heads(model, list(cases(2)), asked)
    for scorer, own in zip(asked, together, strict=True):
        alone = rh.score_heads(model, list(cases(2)), scorer)
        torch.testing.assert_close(own.values, alone.values)
        assert own.values.isfinite().all()
