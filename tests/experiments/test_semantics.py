"""The same heads under every ablation and scope."""

import pytest

import rh_lens as rh
from rh_lens.cases.plain_text import plain_text
from rh_lens.experiments.ablation import ablation_curve
from rh_lens.experiments.semantics import ablation_semantics, every_ablation
from rh_lens.interventions.zero_output import ZeroOutput

BRIEF = rh.Greedy(max_new_tokens=16)


@pytest.fixture(scope="module")
def texts(tokenizer):
    return plain_text(tokenizer, rh.Haystack(), length=64, count=2)


@pytest.fixture(scope="module")
def heads(retrieving):
    return retrieving


@pytest.fixture(scope="module")
def semantics(organism, answered, heads, texts):
    return ablation_semantics(organism, answered[:1], heads, reference=texts, answering=BRIEF)


def test_nine_ablations_by_three_scopes_are_measured(semantics):
    rows = semantics.frame()
    assert len(rows) == 1 + 9 * 3
    assert rows["ablation"].nunique() == 1 + 9
    assert not rows["logprob"].isna().any()


def test_what_heads_do_in_the_prompt_matters_less_than_what_they_do_while_it_answers(semantics):
    """Retrieval heads copy at the end of the prompt: ablations there cost far more, if least where
    each head still writes half of what it wrote."""
    rows = semantics.frame().set_index(["scope", "ablation"])["logprob"]
    whole, halved = rows["everywhere"]["none"], rows["decoding"]["ScaleOutput"]
    silenced = rows["decoding"].drop("ScaleOutput")
    assert (whole - silenced > 1).all()
    assert whole > halved > silenced.max()
    for ablation in rows["decoding"].index:
        assert rows["decoding"][ablation] < rows["prompt"][ablation]


def test_without_norms_or_biases_zero_queries_are_uniform_attention(semantics):
    rows = semantics.frame().set_index(["ablation", "scope"])["logprob"]
    assert rows["QueryZero"].tolist() == pytest.approx(rows["UniformAttention"].tolist(), abs=1e-4)


def test_the_figures_are_those_of_the_ablation_curve(organism, answered, heads, semantics):
    curve = ablation_curve(
        organism,
        answered[:1],
        heads,
        counts=[len(heads)],
        controls=0,
        ablation=ZeroOutput,
        answering=BRIEF,
    )
    by_curve = curve.frame("logprob").set_index("count")["mean"]
    rows = semantics.frame().set_index(["ablation", "scope"])["logprob"]
    assert rows["ZeroOutput", "everywhere"] == pytest.approx(by_curve[len(heads)], abs=1e-4)
    assert rows["none", "everywhere"] == pytest.approx(by_curve[0], abs=1e-4)


def test_hiding_a_needle_costs_text_without_one_nothing(semantics):
    rows = semantics.frame().set_index(["ablation", "scope"])["text loss"]
    assert rows["Knockout", "everywhere"] == pytest.approx(rows["none", "everywhere"], abs=1e-4)
    assert abs(rows["ZeroOutput", "everywhere"] - rows["none", "everywhere"]) > 0.01


def test_an_ablation_that_changes_nothing_has_no_figures(organism, answered, heads, texts):
    far = every_ablation(organism, texts)["Streaming"]

    def sighted(heads, scope):
        return far(heads, recent=1000, scope=scope)

    table = ablation_semantics(
        organism, answered[:1], heads, reference=texts, answering=BRIEF, ablations={"far": sighted}
    ).frame()
    far_rows = table[table["ablation"] == "far"]
    assert far_rows["idle"].tolist() == far_rows["cases"].tolist()
    assert far_rows[["accuracy", "logprob", "text loss"]].isna().all(axis=None)


def test_the_table_names_heads_and_model(semantics, heads):
    assert all(str(head) in repr(semantics) for head in heads)
    assert "organism" in repr(semantics)


def test_a_model_that_answers_nothing_has_nothing_to_lose(organism, unanswered, heads, texts):
    with pytest.raises(rh.NothingScored, match="nothing to lose"):
        ablation_semantics(
            organism,
            unanswered[:1],
            heads,
            reference=texts,
            answering=BRIEF,
            ablations={"zero": ZeroOutput},
        )


def test_no_reference_text_is_refused(organism, answered, heads):
    with pytest.raises(ValueError, match="0 texts"):
        ablation_semantics(organism, answered, heads, reference=[])
