"""Whatever scores there are: files give them back to the bit, and intervals are intervals."""

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from properties.texts import texts

import rh_lens as rh

floats = st.floats(width=32)
label = st.one_of(texts, st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.booleans())


@st.composite
def parts(draw, numbers=floats):
    """Name, values, labels and provenance: any numbers; some cases share a needle."""
    cases, layers, heads = draw(st.tuples(*[st.integers(1, most) for most in (6, 3, 3)]))
    each = st.lists(numbers, min_size=layers * heads, max_size=layers * heads)
    rows = draw(st.lists(each, min_size=cases, max_size=cases))
    values = torch.tensor(rows).reshape(cases, layers, heads)
    needles = draw(st.lists(st.sampled_from("ab¢"), min_size=cases, max_size=cases))
    extra = draw(st.dictionaries(texts, st.none() | label, max_size=3))
    labels = tuple({**extra, "needle": needle, "found": True} for needle in needles)
    return draw(texts), values, labels, {"seed": None, "said": draw(texts)}


def bits(values):
    return values.contiguous().view(torch.int32).tolist()


@given(parts=parts())
@settings(max_examples=50)
def test_safetensors_give_back_any_scores_to_the_bit(parts, tmp_path):
    scores = rh.HeadScores(*parts)
    scores.save(tmp_path / "s.safetensors")
    loaded = rh.HeadScores.load(tmp_path / "s.safetensors")
    assert bits(loaded.values) == bits(scores.values)
    assert (loaded.name, loaded.labels) == (scores.name, scores.labels)
    assert loaded.provenance == scores.provenance


@given(parts=parts(floats.filter(math.isfinite)))
@settings(max_examples=30)
def test_the_references_json_gives_back_any_measured_case_to_the_bit(parts, tmp_path):
    scores = rh.HeadScores(*parts)
    holed = scores.values.clone()
    holed[1:2] = torch.nan
    rh.HeadScores(scores.name, holed, scores.labels).save(tmp_path / "s.json")
    loaded = rh.HeadScores.load(tmp_path / "s.json")
    kept = [i for i in range(len(holed)) if i != 1]
    assert bits(loaded.values) == bits(scores.values[kept])


@given(parts=parts(st.floats(-1e6, 1e6, width=32)), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_an_interval_has_the_mean_in_it_and_the_narrower_one(parts, seed):
    scores = rh.HeadScores(*parts)
    narrow, wide = (
        scores.intervals(level=level, draws=200, seed=seed).double() for level in (0.5, 0.99)
    )
    if len({labels["needle"] for labels in scores.labels}) < 2:
        assert wide.isnan().all()
        return
    slack = 1e-5 * (1 + scores.values.abs().max().double())
    assert (wide[0] <= scores.mean + slack).all()
    assert (scores.mean - slack <= wide[1]).all()
    assert (wide[0] <= narrow[0]).all()
    assert (narrow[0] <= narrow[1]).all()
    assert (narrow[1] <= wide[1]).all()
    assert (scores.values.amin(dim=0) - slack <= wide[0]).all()
    assert (wide[1] <= scores.values.amax(dim=0) + slack).all()


@given(parts=parts(st.sampled_from([0.0, 0.25, 0.5, 1.0])), count=st.integers(1, 12))
@settings(max_examples=30)
def test_the_top_heads_are_no_weaker_than_the_others(parts, count):
    scores = rh.HeadScores(*parts)
    top, ranking = scores.top(count), scores.ranking()
    assert top == ranking[:count]
    assert len(set(ranking)) == scores.values[0].numel()
    weakest = min(scores[head] for head in top)
    assert all(scores[head] <= weakest for head in ranking[count:])
    assert all(
        0 <= share <= 1 for share in scores.stability(count, draws=50).values() if share == share
    )


pieces = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
identities = st.lists(st.text(max_size=4) | st.integers() | st.floats(allow_nan=False), max_size=3)


@given(
    work=st.lists(
        st.tuples(identities, pieces), min_size=1, max_size=6, unique_by=lambda w: repr(w[0])
    )
)
@settings(max_examples=50)
def test_a_journal_gives_back_any_work_by_any_name(tmp_path_factory, work):
    folder = tmp_path_factory.mktemp("journal")
    journal = rh.Journal(folder)
    journal.about({"name": "any"})
    for name, result in work:
        journal.recall(lambda result=result: result, *name)
    again = rh.Journal(folder)
    again.about({"name": "any"})
    for name, result in work:
        recalled = again.recall(lambda: pytest.fail("this was done before"), *name)
        assert json.dumps(recalled) == json.dumps(result)
