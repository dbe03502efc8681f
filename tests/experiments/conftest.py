"""Cases that the bundled model answers, and the same without their needles, which it cannot."""

import pytest

import rh_lens as rh
from rh_lens.experiments import detect


@pytest.fixture(scope="session")
def hide(tokenizer):
    """Needles of some kinds, hidden where the bundled model finds them."""
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")

    def hide(*kinds, lengths=(256,), depths=(0.5,)):
        needles = [needle for needle in rh.needles() if needle.kind in kinds]
        return rh.niah(tokenizer, needles, rh.Haystack(), lengths, depths, prompt=prompt)

    return hide


@pytest.fixture(scope="session")
def answered(hide):
    return hide("date")[:3]


@pytest.fixture(scope="session")
def unanswered(answered):
    return rh.without_needle(answered)


@pytest.fixture
def asked(monkeypatch):
    """The digests of the cases that the model is asked, in order."""
    examine, seen = detect.examine, []

    def examining(model, case, *rest):
        seen.append(case.digest)
        return examine(model, case, *rest)

    monkeypatch.setattr(detect, "examine", examining)
    return seen
