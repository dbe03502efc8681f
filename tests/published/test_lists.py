"""Head lists of other papers, in the layouts of their released files; the contents are made up."""

import json

import pytest

import rh_lens as rh
from rh_lens import Head


@pytest.fixture
def write(tmp_path):
    def write(content, name="heads"):
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return write


# -- QRHead

LAYOUTS = {
    "released": '# Default\n\nattn_head_set: "1-2,0-1,1-0" # top3\nmodel_base_class: "Llama"\n',
    "released, with underscores": 'attn_head_set: "1_2,0_1,1_0"\n',
    "list of names": "- 1-2\n- 0-1\n- 1-0\n",
    "list of pairs": "[[1, 2], [0, 1], [1, 0]]",
    "JSON": '["1-2", "0-1", "1-0"]',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_head_list_gives_the_same_order(write, layout):
    scores = rh.published.qrhead(write(LAYOUTS[layout]), n_layers=2, n_heads=3)
    assert scores.top(3) == [Head(1, 2), Head(0, 1), Head(1, 0)]
    assert scores.mean[1, 2] == 1
    assert scores.mean.flatten().tolist() == pytest.approx([0, 2 / 3, 0, 1 / 3, 0, 1])


def test_a_head_list_compares_by_its_top(write):
    listed = rh.published.qrhead(write(LAYOUTS["released"]), n_layers=2, n_heads=3)
    assert rh.compare(a=listed, b=listed).overlap(3).overlap.item() == 3
    assert rh.compare(a=listed, b=listed).overlap(4).overlap.item() == pytest.approx(3 + 1 / 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('attn_head_set: "full_heads"', "it has 'full_heads'"),  # the released full_head.yaml
        ("model_base_class: Llama", "it has ''"),
        ('attn_head_set: "1-2,1-x"', "it has '1-x'"),
        ("- 1-2\n- 7\n", "it has '7'"),
        ("- [1, 2, 3]\n", r"it has \['1', '2', '3'\]"),
        ("- [1, -2]\n", r"it has \['1', '-2'\]"),
        ("- [true, false]\n", r"it has \['true', 'false'\]"),
        ("[]", r"it has \[\]"),
        ("", "it has None"),
        ("heads", "it has 'heads'"),
        ("a: [1", "cannot be read as YAML"),
        ("- 1-2\n- 2-0\n", "lists L2H0, which 2 layers of 3 heads do not have"),
        ("- 1-2\n- 1-3\n", "lists L1H3, which 2 layers of 3 heads do not have"),
        ("- 1-2\n- 0-1\n- 1-2\n", "lists L1H2 twice"),
    ],
)
def test_what_is_no_list_of_the_heads_of_the_model_is_refused(write, content, says):
    with pytest.raises(ValueError, match=says) as refusal:
        rh.published.qrhead(write(content), n_layers=2, n_heads=3)
    assert "\n" not in str(refusal.value)


# -- CoRe


def test_core_scores_are_means_so_there_is_one_case(write):
    scores = rh.published.core(
        write('{\n  "0-0": 0.25,\n  "0-1": 0.5,\n  "1-0": 1,\n  "1-1": 0\n}')
    )
    assert scores.values.tolist() == [[[0.25, 0.5], [1, 0]]]
    assert scores.provenance == {"source": "heads"}
    assert scores.pass_rate().loc["all", ["passed", "asked"]].tolist() == [1, 1]


def test_layers_that_core_pruned_are_not_measured(write):
    file = write('{"0-0": 0.25, "0-1": 0.5}')
    scores = rh.published.core(file, n_layers=3)
    assert scores.values.shape == (1, 3, 2)
    assert scores.values[0, 1:].isnan().all()
    assert scores.ranking() == [Head(0, 1), Head(0, 0)]
    with pytest.raises(ValueError, match="scores 1 layers, more than n_layers=0"):
        rh.published.core(file, n_layers=0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("scores", "cannot be read as JSON"),
        ("[]", 'does not map "layer-head" to one score each'),
        ("{}", 'does not map "layer-head" to one score each'),
        ('{"0-0": [0.5]}', 'does not map "layer-head" to one score each'),  # the reference's
        ('{"0-0": NaN}', 'does not map "layer-head" to one score each'),
        ('{"0-0": true}', 'does not map "layer-head" to one score each'),
        ('{"layer": 0.5}', 'does not map "layer-head" to one score each'),
    ],
)
def test_what_is_no_core_file_is_refused(write, content, says):
    with pytest.raises(ValueError, match=says):
        rh.published.core(write(content))


# -- DuoAttention


@pytest.fixture
def gates(write):
    return write("1.0e+00\t-5.7e-05\n2.5e-01\t1.0e+00\n7.5e-01\t1.1e+00\n", "full_heads.tsv")


def test_gates_are_clipped_scores_of_key_value_heads(gates):
    scores = rh.published.duo_attention(gates)
    assert scores.values.tolist() == [[[1, 0], [0.25, 1], [0.75, 1]]]
    assert scores.provenance["model"] == {"n_layers": 3, "n_key_value_heads": 2}
    assert scores.provenance["source"].endswith(f"{gates.parent.name}/full_heads.tsv")


def test_gates_compare_with_scores_of_query_heads(gates, write):
    by_head = {f"{layer}-{head}": [0.1 * layer + head] for layer in range(3) for head in range(8)}
    mine = rh.published.wu2024(write(json.dumps(by_head), "s.json"))
    pair = rh.compare(gate=rh.published.duo_attention(gates), mine=mine)
    assert pair.frame.gate["L1H3"] == 0.25
    assert pair.frame.gate["L1H4"] == 1
    assert pair.by_group == {"gate": 4}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", r"lines of \[\] gates"),
        ("1.0\t0.5\n1.0\n", r"lines of \[1, 2\] gates"),
        ("1.0\tnan\n", "finite gates"),
        ("1.0\tinf\n", "finite gates"),
        ("1.0,0.5\n", "no table of numbers with tabs"),
        ("layer\thead\n", "no table of numbers with tabs"),
        ("1.0\t0.5\n\n1.0\t0.5\n", "no table of numbers with tabs"),
    ],
)
def test_what_is_no_table_of_gates_is_refused(write, content, says):
    with pytest.raises(ValueError, match=says):
        rh.published.duo_attention(write(content))


def test_a_missing_file_is_named(tmp_path):
    for read in (
        lambda path: rh.published.qrhead(path, n_layers=1, n_heads=1),
        rh.published.core,
        rh.published.duo_attention,
    ):
        with pytest.raises(ValueError, match=r"missing\.yaml'"):
            read(tmp_path / "missing.yaml")


def test_the_readers_are_functions_however_often_they_are_asked_for():
    # a reader has the name of its file, and the import of a file puts the file in its place
    for name in rh.published.__all__:
        getattr(rh.published, name)
        assert callable(getattr(rh.published, name))
