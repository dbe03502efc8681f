"""The widget, without a browser."""

from interventions.circuits import COPY

from rh_lens.plots.explorer.session import key
from rh_lens.plots.explorer.widget import Live

LOOK = ["look", 0, list(COPY)]


def heard(live, question):
    """What the front end is sent when it asks."""
    sent = []
    live.send = sent.append
    live._handle_custom_msg({"key": key(question), "question": question}, [])
    return sent


def test_a_question_of_the_page_is_answered_with_its_key(explorer):
    assert heard(explorer.live(), LOOK) == [
        {"key": key(LOOK), "answer": explorer.session.answer(LOOK)}
    ]


def test_an_error_reaches_who_is_waiting(explorer):
    (sent,) = heard(explorer.live(), ["look", 0, [9, 9]])
    assert sent["key"] == '["look",0,[9,9]]'
    assert "ValueError" in sent["error"]
    assert "L9H9" in sent["error"]


def test_a_widget_shows_its_strongest_head_before_it_asks(explorer):
    """So a saved notebook has something to show without a kernel."""
    spec = explorer.live().spec
    assert set(spec["known"]) == {'["case",0]', key(LOOK)}
    assert spec["live"] is True
    assert len(spec["ablations"]) == 3


def test_the_module_travels_with_the_widget():
    assert "export default" in str(Live._esm)
    assert ".rh-explorer" in str(Live._css)
