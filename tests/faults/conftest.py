"""A short run that can fail: cases which the bundled model answers, one of them longer."""

import resource
from contextlib import contextmanager

import pytest
import torch

import rh_lens as rh

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture(scope="session")
def dates():
    return [needle for needle in rh.needles() if needle.kind == "date"]


@pytest.fixture(scope="session")
def cases(tokenizer, dates):
    """Three of 256 tokens and, in the middle, one of 384."""
    prompt = rh.Prompt(TEMPLATE)
    short = rh.niah(tokenizer, dates[:3], rh.Haystack(), [256], [0.5], prompt=prompt)
    long = rh.niah(tokenizer, dates[:1], rh.Haystack(), [384], [0.5], prompt=prompt)
    return [short[0], *long, *short[1:]]


@pytest.fixture
def detect(monkeypatch, shell, tmp_path, dates, organism):
    """`rh-lens detect` on two needles: its exit status, what it printed and complained of."""
    rh.save_needles(dates[:2], tmp_path / "few.jsonl")
    monkeypatch.setattr(rh, "load", lambda *_, **__: organism)

    def detect(*words, lengths="256"):
        usual = ["--needles", tmp_path / "few.jsonl", "--depths", "0.5", "--lengths", lengths]
        return shell("detect", *usual, "--template", TEMPLATE, *words)

    return detect


@pytest.fixture(scope="session")
def room():
    """A block in which the kernel lets no file grow beyond so many bytes: the last write before
    that is cut short, as on a full disk."""

    @contextmanager
    def room(size):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return room


@pytest.fixture
def same():
    """Whether two scores agree to the bit, and in all that is known of the cases."""

    def same(one, other):
        bits = [each.values.contiguous().view(torch.int32) for each in (one, other)]
        told = [(each.labels, each.provenance) for each in (one, other)]
        return bits[0].equal(bits[1]) and told[0] == told[1]

    return same
