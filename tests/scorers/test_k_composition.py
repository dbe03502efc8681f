"""K-composition of planted circuits, in every class."""

from statistics import median

import pytest
from planted import Stream

import rh_lens as rh


@pytest.fixture(scope="module")
def model(kind, tmp_path_factory):
    """Layer 0: a previous-token head and one that writes elsewhere. Layer 1: induction, copying."""
    stream = Stream(vocab=12, positions=12, n_heads=4, d_head=26)
    said = {"carries": ("token", "said")}
    planted = stream.plant(
        [
            [stream.previous(), stream.looking(lambda i: [], **said)],
            [stream.induction(**said), stream.copy([1, 2, 3], **said)],
        ]
    )
    folder = tmp_path_factory.mktemp("composing")
    planted.save_pretrained(folder)
    return rh.load(folder, kind=kind)


def test_only_the_induction_head_reads_its_keys_from_the_previous_token_head(model):
    received = rh.k_composition(model, rh.Head(0, 0)).values[0]
    assert received[0].isnan().all()
    assert received[1, 0] > 0.2
    assert received[1, 1].item() == pytest.approx(0, abs=1e-6)


def test_a_head_that_writes_where_no_key_reads_composes_with_none(model):
    received = rh.k_composition(model, rh.Head(0, 1)).values[0, 1, :2]
    assert received.abs().max().item() == pytest.approx(0, abs=1e-6)


def test_the_bundled_previous_token_head_composes_most_with_keys_that_retrieval_heads_read(
    organisms, retrieving
):
    repeats = rh.repeats(organisms.tokenizer, length=20, count=2)
    scorer, forced = rh.PreviousTokenScore(), rh.TeacherForced()
    (previous,) = rh.score_heads(organisms, repeats, scorer, answering=forced).top(1)
    received = rh.k_composition(organisms, previous)
    assert set(rh.kv_group(organisms, received.top(1)[0])) & set(retrieving)
    others = [received[head] for head in received.ranking() if head not in retrieving]
    assert min(received[head] for head in retrieving) > median(others)


def test_a_head_that_is_not_there_is_named(organisms):
    with pytest.raises(ValueError, match="there is no head L9H0: the model has 4 layers"):
        rh.k_composition(organisms, rh.Head(9, 0))


def test_the_previous_token_head_is_known_by_its_positions(model):
    found = rh.qk_previous_token(model).values[0, 0]
    assert found[0] == 1
    assert found[1] < 0.2  # it rests on the first position, which is the one before the second


def test_turned_positions_are_not_in_the_weights(organisms):
    with pytest.raises(ValueError, match="'rotary' positions, which its weights do not show"):
        rh.qk_previous_token(organisms)
