"""What the tests share: the bundled model in every class there is, a shell, and no network."""

import os
import sys
from importlib.metadata import version

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # idle threads must not take a core

import hypothesis
import pytest
import torch
from transformers.utils import logging

import rh_lens as rh
from rh_lens import cli

KINDS = ["bridge", "hooked"] if version("transformer-lens").startswith("3.") else ["bridge"]

torch.set_num_threads(2)
hypothesis.settings.register_profile(  # the same examples each time, however busy the machine is
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("steady")
logging.disable_progress_bar()


@pytest.fixture(scope="session")
def organism():
    """The bundled model."""
    return rh.load()


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def organisms(kind):
    """The bundled model, once in each class."""
    return rh.load(kind=kind)


@pytest.fixture(scope="session")
def tokenizer(organism):
    return organism.tokenizer


@pytest.fixture(scope="session")
def retrieving(organism, tokenizer):
    """The strong retrieval heads of the bundled model, strongest first."""
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needles = [needle for needle in rh.needles() if needle.kind == "date"]
    cases = rh.niah(tokenizer, needles, rh.Haystack(), [256], [0.5], prompt=prompt)
    return rh.score_heads(organism, cases, rh.RetrievalScore()).above(0.5)


@pytest.fixture
def shell(monkeypatch, capsys):
    """Run the command line: its exit status, what it printed and what it complained of."""

    def shell(*words):
        monkeypatch.setattr(sys, "argv", ["rh-lens", *map(str, words)])
        with pytest.raises(SystemExit) as exit:
            cli.main()
        return exit.value.code or 0, *capsys.readouterr()

    return shell
