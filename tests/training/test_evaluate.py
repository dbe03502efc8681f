"""Needles to evaluate on: as many as asked for, or a message."""

import pytest

from training.evaluate import unseen_needles
from training.templates import THINGS, Template

PLAIN = Template("the lamp hides {answer}.", ("What does the lamp hide?",), THINGS)
OF_SOMEBODY = Template("the lamp of {who} hides {answer}.", ("What does {who}'s hide?",), THINGS)


def test_needles_have_different_questions():
    needles = unseen_needles(6, among=[OF_SOMEBODY])
    assert len({needle.question for needle in needles}) == 6


def test_more_questions_than_a_template_has_are_refused():
    with pytest.raises(ValueError, match=r"only 1 of 2 .*the lamp hides.* ask for fewer"):
        unseen_needles(2, among=[PLAIN])
