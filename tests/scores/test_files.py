"""Files of scores: what comes back, and what is refused in which words."""

import json
import math
import pickle
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from rh_lens import Head, HeadScores


@pytest.fixture
def scores():
    values = torch.rand(3, 11, 4, generator=torch.Generator().manual_seed(0))
    values[0, 0, :3] = torch.tensor([-0.0, 1e-42, 1 / 3])
    values[1] = torch.nan
    labels = tuple(
        {"needle": "Wo? „hier“", "depth": 0.1 + case, "found": case != 1, "rival": None}
        for case in range(3)
    )
    return HeadScores("a score", values, labels, {"model": {"n_layers": 11}, "seed": None})


def test_safetensors_keep_everything_bit_for_bit(scores, tmp_path):
    scores.save(tmp_path / "s.safetensors")
    loaded = HeadScores.load(str(tmp_path / "s.safetensors"))
    assert torch.equal(loaded.values.view(torch.int32), scores.values.view(torch.int32))
    assert loaded.name == scores.name
    assert loaded.labels == scores.labels
    assert loaded.provenance == scores.provenance


def test_a_view_of_other_scores_is_saved_as_what_it_shows(scores, tmp_path):
    part = HeadScores("part", scores.values[:, :, ::2], scores.labels)
    part.save(tmp_path / "s.safetensors")
    loaded = HeadScores.load(tmp_path / "s.safetensors")
    assert torch.equal(loaded.values.nan_to_num(), part.values.nan_to_num())


def test_the_references_json_keeps_measured_cases_and_so_the_means(scores, tmp_path):
    scores.save(tmp_path / "s.json")
    written = json.loads((tmp_path / "s.json").read_text())
    assert list(written)[:5] == ["0-0", "0-1", "0-2", "0-3", "1-0"]
    assert list(written)[-1] == "10-3"
    assert all(len(each) == 2 for each in written.values())
    assert torch.equal(HeadScores.load(tmp_path / "s.json").mean, scores.mean)


def test_a_score_file_of_the_reference_is_read_whatever_its_order(tmp_path):
    (tmp_path / "llama.json").write_text('{"10-3": [0.25, 0.75], "2-0": [0, 1], "0-1": [0.0, 0.1]}')
    scores = HeadScores.load(tmp_path / "llama.json")
    assert scores.values.shape == (2, 11, 4)
    assert (scores[Head(10, 3)], scores[Head(2, 0)]) == (0.5, 0.5)
    assert scores[Head(0, 1)] == pytest.approx(0.05)
    assert len(scores.ranking()) == 3  # heads that the file leaves out are not measured
    assert scores.provenance == {"source": "llama.json"}
    assert scores.pass_rate().loc["all", "passed"] == 2


def test_a_table_of_scores_opens_in_pandas(scores, tmp_path):
    scores.save(tmp_path / "s.csv")
    table = pd.read_csv(tmp_path / "s.csv")
    means = table.groupby(["layer", "head"])["a score"].mean()
    assert means.loc[(10, 3)] == pytest.approx(scores[Head(10, 3)])
    assert (table.needle == "Wo? „hier“").all()


REFUSED_JSON = {
    "{": "cannot be read as JSON",
    "\udcff": "cannot be read as JSON",
    "3": "does not map",
    "{}": "does not map",
    "[[0.5]]": "does not map",
    '{"L0H1": [0.5]}': "does not map",
    '{"0-0": 0.5}': "does not map",
    '{"0-0": "0.5"}': "does not map",
    '{"0-0": [null]}': "does not map",
    '{"0-0": ["0.5"]}': "does not map",
    '{"0-0": [[0.5]]}': "does not map",
    '{"0-0": [true]}': "does not map",
    '{"0-0": [0.5], "0-1": [0.5, 1]}': r"gives its heads \[1, 2\] scores each",
    '{"0-0": [], "0-1": []}': r"gives its heads \[0\] scores each",
}


@pytest.mark.parametrize("text", REFUSED_JSON)
def test_json_that_holds_no_scores_is_refused_in_a_sentence(tmp_path, text):
    (tmp_path / "s.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=r"s\.json.*" + REFUSED_JSON[text]):
        HeadScores.load(tmp_path / "s.json")


def test_a_file_of_another_kind_is_refused_by_its_ending(scores, tmp_path):
    with pytest.raises(ValueError, match=r"'s.txt' ends in '.txt': name a file that ends in .safe"):
        scores.save(tmp_path / "s.txt")
    with pytest.raises(ValueError, match=r"'s.csv' ends in '.csv'.*\.safetensors or \.json$"):
        HeadScores.load(tmp_path / "s.csv")


@pytest.mark.parametrize("ending", ["json", "safetensors"])
def test_a_missing_file_and_a_folder_are_no_scores(tmp_path, ending):
    (tmp_path / f"folder.{ending}").mkdir()
    for name in ("missing", "folder"):
        with pytest.raises(ValueError, match="there are no scores at"):
            HeadScores.load(tmp_path / f"{name}.{ending}")


def test_safetensors_of_something_else_are_refused(tmp_path):
    save_file({"values": torch.zeros(1, 1, 1)}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match=r"without head scores \(schema None\)"):
        HeadScores.load(tmp_path / "weights.safetensors")


def test_a_truncated_file_is_refused_wherever_it_ends(scores, tmp_path):
    scores.save(tmp_path / "s.safetensors")
    whole = (tmp_path / "s.safetensors").read_bytes()
    for length in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "s.safetensors").write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cannot be read as safetensors"):
            HeadScores.load(tmp_path / "s.safetensors")


@pytest.mark.parametrize("ending", ["json", "safetensors", "csv"])
def test_a_place_that_cannot_be_written_to_is_an_os_error(scores, tmp_path, ending):
    with pytest.raises(OSError, match="missing"):
        scores.save(tmp_path / "missing" / f"s.{ending}")


class Bomb:
    """Unpickling this leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("ending", ["json", "safetensors"])
def test_nothing_is_unpickled(tmp_path, ending):
    victim = tmp_path / "exploded"
    (tmp_path / f"s.{ending}").write_bytes(pickle.dumps(Bomb(victim)))
    with pytest.raises(ValueError, match="cannot be read as"):
        HeadScores.load(tmp_path / f"s.{ending}")
    torch.save(Bomb(victim), tmp_path / f"t.{ending}")
    with pytest.raises(ValueError, match="cannot be read as"):
        HeadScores.load(tmp_path / f"t.{ending}")
    assert not victim.exists()


def test_the_means_survive_every_trip_from_one_format_to_the_other(scores, tmp_path):
    for name in ("a.json", "b.safetensors", "c.json"):
        before, scores = scores, None
        before.save(tmp_path / name)
        scores = HeadScores.load(tmp_path / name)
        assert torch.equal(scores.mean, before.mean)
    assert not math.isnan(scores[Head(0, 0)])
