"""The picture of what is left without the first k heads."""

import math

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from rh_lens import plots
from rh_lens.experiments.ablation_curve import AblationCurve

COUNTS = [0, 2, 5]
MEANS = {
    "ranking": [0.9, 0.4, 0.1],
    "a": [0.9, 0.9, 0.5],
    "b": [0.9, 0.6, 0.8],
    "c": [0.9, 0.8, 0.6],
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "heads": name,
            "control": name != "ranking",
            "count": count,
            "mean": mean,
            "low": mean - 0.05,
            "high": mean + 0.1,
        }
        for name, means in MEANS.items()
        for count, mean in zip(COUNTS, means, strict=True)
    )


def points(line):
    return dict(zip(line.get_xdata(), line.get_ydata(), strict=True))


def band(ax, number):
    """What a band spans at each count."""
    corners = ax.collections[number].get_paths()[0].vertices
    return {x: (min(ys), max(ys)) for x in COUNTS if (ys := [y for at, y in corners if at == x])}


def close(found, expected):
    return found == {x: pytest.approx(value) for x, value in expected.items()}


def test_a_ranking_is_a_line_in_the_band_of_its_interval(frame):
    ax = plots.curve(frame)
    line = next(line for line in ax.lines if line.get_label() == "ranking")
    assert close(points(line), dict(zip(COUNTS, MEANS["ranking"], strict=True)))
    assert line.get_linestyle() == "-"
    assert close(band(ax, 1), {0: (0.85, 1.0), 2: (0.35, 0.5), 5: (0.05, 0.2)})


def test_the_controls_are_their_median_between_the_lowest_and_the_highest(frame):
    ax = plots.curve(frame)
    line = next(line for line in ax.lines if "controls" in line.get_label())
    assert line.get_label() == "3 controls: median, lowest to highest"
    assert close(points(line), {0: 0.9, 2: 0.8, 5: 0.6})
    assert line.get_linestyle() == "--"
    assert close(band(ax, 0), {0: (0.9, 0.9), 2: (0.6, 0.9), 5: (0.5, 0.8)})


def test_each_of_several_rankings_has_a_line_of_its_own_colour(frame):
    second = frame[~frame["control"]].assign(heads="induction")
    lines = plots.curve(pd.concat([frame, second])).lines
    colours = {line.get_label(): line.get_color() for line in lines}
    assert colours["ranking"] != colours["induction"]
    assert lines[1].get_marker() != lines[2].get_marker(), "for who cannot tell the colours"


def test_a_curve_without_controls_or_intervals_is_drawn(frame):
    alone = frame[~frame["control"]].assign(low=math.nan, high=math.nan)
    ax = plots.curve(alone, chance=None)
    assert [line.get_label() for line in ax.lines] == ["ranking"]


def test_the_axes_say_what_they_are_and_chance_has_a_line(frame):
    ax = plots.curve(frame, metric="logprob", chance=0.25)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("heads taken away", "logprob")
    assert list(ax.lines[-1].get_ydata()) == [0.25, 0.25]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "3 controls: median, lowest to highest",
        "ranking",
    ]


def test_a_curve_is_drawn_on_the_axes_it_is_given(frame):
    ax = plt.subplots()[1]
    assert plots.curve(frame, ax=ax) is ax


def test_an_ablation_curve_is_drawn_by_the_measure_asked_for():
    answers = pd.DataFrame(
        [
            ("none", False, 0, True, -1.0, "one"),
            ("none", False, 0, True, -3.0, "two"),
            ("ranking", False, 4, True, -2.0, "one"),
            ("ranking", False, 4, False, -6.0, "two"),
        ],
        columns=["heads", "control", "count", "found", "logprob", "needle"],
    )
    how = {"model": {"name": "a model"}, "ablation": "ZeroOutput", "answering": "Greedy()"}
    result = AblationCurve(answers, pd.DataFrame(), how)
    ax = plots.curve(result)
    assert close(points(ax.lines[0]), {0: 1.0, 4: 0.5})
    assert ax.get_title() == "a model\n2 cases"
    assert ax.get_label() == "a model, ZeroOutput; Greedy()"
    assert close(points(plots.curve(result, metric="logprob").lines[0]), {0: -2.0, 4: -4.0})


def test_nothing_measured_and_no_table_of_this_kind_are_told(frame):
    with pytest.raises(ValueError, match="no accuracy was measured"):
        plots.curve(frame.assign(mean=math.nan))
    with pytest.raises(ValueError, match="no column 'low', only"):
        plots.curve(frame.drop(columns="low"))
