"""Pictures as files, and the words inside them."""

import re

import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

from rh_lens import HeadScores, plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    scores = HeadScores(
        "copying score", torch.tensor([[[0.1, 0.9]]]), ({},), {"model": {"name": "gpt2"}}
    )
    return plots.heatmap(scores, name=1)


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("jpg", b"\xff\xd8")],
)
def test_a_picture_is_written_by_its_ending_and_closed(ax, tmp_path, ending, begins):
    plots.save(ax, tmp_path / f"heads.{ending}")
    assert (tmp_path / f"heads.{ending}").read_bytes().startswith(begins)
    assert not plt.fignum_exists(ax.figure.number)


def test_an_svg_says_what_it_shows(ax, tmp_path):
    plots.save(ax, tmp_path / "heads.svg")
    written = (tmp_path / "heads.svg").read_text()
    assert "<title>gpt2 mean over 1 of 1 cases</title>" in written
    (told,) = re.findall(r"<dc:description>(.*?)</dc:description>", written, flags=re.DOTALL)
    assert told == (
        "gpt2 mean over 1 of 1 cases. across: head. upwards: layer. written on it: L0H1. "
        "copying score: gpt2, mean over 1 of 1 cases. colours: copying score"
    )


def test_a_png_says_what_it_shows_in_the_words_given(ax, tmp_path):
    plots.save(ax, tmp_path / "heads.png", alt="Head 1 copies. Head 0 does not.")
    with Image.open(tmp_path / "heads.png") as picture:
        said = picture.info
    assert said["Title"] == "Head 1 copies"
    assert said["Description"] == "Head 1 copies. Head 0 does not."


def test_the_key_of_a_plot_is_told(tmp_path):
    scores = HeadScores("score", torch.tensor([[[0.1, 0.9]]]), ({},))
    plots.save(plots.score_bins({"mine": scores}), tmp_path / "bins.svg")
    assert "key: score, =0, (0, 0.1), [0.1, 0.5), &gt;=0.5" in (tmp_path / "bins.svg").read_text()


def test_the_same_picture_is_the_same_file(tmp_path):
    scores = HeadScores("score", torch.tensor([[[0.1, 0.9]]]), ({},))
    for name in ("one.svg", "two.svg"):
        plots.save(plots.heatmap(scores), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_figure_of_several_plots_is_saved_whole(tmp_path):
    figure, (left, right) = plt.subplots(1, 2)
    for ax, value in ((left, 0.9), (right, 0.3)):
        plots.heatmap(HeadScores("score", torch.tensor([[[value]]]), ({},)), ax=ax)
    plots.save(right, str(tmp_path / "two.svg"))
    assert (tmp_path / "two.svg").read_text().count("<!-- score -->") == 2
    assert not plt.fignum_exists(figure.number)


def test_axes_without_a_figure_cannot_be_saved(ax, tmp_path):
    ax.remove()
    with pytest.raises(ValueError, match="belong to no figure"):
        plots.save(ax, tmp_path / "heads.png")
