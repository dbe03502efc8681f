"""A model with one head that copies, and a page about it whose tokens would like to be HTML."""

import pytest
from interventions.circuits import CASE, COPY, copying
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

import rh_lens as rh
from rh_lens.plots.explorer.explore import ABLATIONS, explore
from rh_lens.plots.explorer.session import Session

HOSTILE = ["<bos>", "</script><script>RAN=1</script>", "<img src=x onerror=RAN=2>", "a&b"]
WORDS = [*HOSTILE, *(f"word{i}" for i in range(4, 16))]


def planted(kind, folder):
    """COPY answers all by itself; tokens are words, some of them markup."""
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, WORDS[0]))
    words.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(folder)
    return copying(kind, folder)


@pytest.fixture(scope="session")
def copier(kind, tmp_path_factory):
    return planted(kind, tmp_path_factory.mktemp("copier"))


@pytest.fixture(scope="session")
def session(copier):
    return Session(copier, (CASE,), rh.Greedy(), dict(ABLATIONS), 0)


@pytest.fixture(scope="session")
def bridge(tmp_path_factory):
    """The same where it does not matter of which class the model is."""
    return planted("bridge", tmp_path_factory.mktemp("copier"))


@pytest.fixture(scope="session")
def scores(bridge):
    return rh.score_heads(bridge, [CASE], rh.RetrievalScore())


@pytest.fixture(scope="session")
def explorer(bridge, scores):
    assert scores.top(1) == [COPY]
    return explore(bridge, [CASE], scores)


@pytest.fixture(scope="session")
def saved(explorer):
    """A piece of a page with the answers for the three strongest heads."""
    return explorer.html(heads=3)
