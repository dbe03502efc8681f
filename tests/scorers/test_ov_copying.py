"""OV copying of heads whose maps are set by hand, in every class."""

import pytest
import torch
from planted import Stream

import rh_lens as rh


@pytest.fixture(scope="module")
def model(kind, tmp_path_factory):
    """Heads that copy a token, turn every token into the next, negate it, and write nothing."""
    stream = Stream(vocab=12, positions=12, n_heads=4, d_head=24)
    said = {"carries": ("token", "said")}
    planted = stream.plant([[stream.looking(lambda i: [], **said) for _ in range(3)]])
    attention = planted.transformer.h[0].attn
    with torch.no_grad():
        writes = attention.c_proj.weight
        writes[24:36] = writes[24:36].roll(1, dims=0)
        writes[48:60] *= -1
    folder = tmp_path_factory.mktemp("copying")
    planted.save_pretrained(folder)
    return rh.load(folder, kind=kind)


def test_a_copying_head_scores_one_a_negating_head_minus_one_and_a_shifting_head_zero(model):
    copies, shifts, negates, idle = rh.ov_copying(model).values[0, 0]
    assert copies.item() == pytest.approx(1, abs=1e-4)
    assert negates.item() == pytest.approx(-1, abs=1e-4)
    assert shifts.item() == pytest.approx(0, abs=1e-3)
    assert idle.isnan()


def test_only_the_copying_head_puts_what_it_reads_on_top(model):
    copies, shifts, negates, idle = rh.ov_copying_rate(model, k=1).values[0, 0]
    assert (copies, shifts, negates) == (1, 0, 0)
    assert idle.isnan()


def test_chance_puts_a_token_among_k_of_the_vocabulary(model):
    assert rh.ov_copying_rate(model, k=11).values[0, 0, 1] == 1  # all but one of twelve
    with pytest.raises(ValueError, match="k below 12 tokens"):
        rh.ov_copying_rate(model, k=12)


def test_heads_that_rest_on_the_first_position_ask_for_the_one_before_only_once(model):
    with pytest.raises(ValueError, match="give 2 or more"):
        rh.qk_previous_token(model, positions=1)
    assert rh.qk_previous_token(model).values[0, 0].tolist() == pytest.approx([1 / 11] * 4)


def test_the_bundled_retrieval_heads_copy(organisms, retrieving):
    copying = rh.ov_copying(organisms)
    assert set(retrieving) <= set(copying.top(8))
    assert copying.provenance["model"]["name"] == "organism"
