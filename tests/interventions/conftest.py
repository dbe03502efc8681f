"""A planted model, a prompt for the bundled one, and the weights as Hugging Face has them."""

from importlib.resources import files

import pytest
import torch
from interventions.circuits import copying
from transformers import AutoModelForCausalLM

ORGANISM = str(files("rh_lens") / "organism")


@pytest.fixture(scope="module")
def planted(kind, tmp_path_factory):
    return copying(kind, tmp_path_factory.mktemp("copying"))


@pytest.fixture
def tokens():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(10, 2000, (40,), generator=generator)


@pytest.fixture
def weights():
    """The bundled model without TransformerLens, to change by hand."""
    model = AutoModelForCausalLM.from_pretrained(
        ORGANISM, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    )
    return model.eval()


@pytest.fixture
def logits():
    """A plain forward pass."""

    @torch.no_grad()
    def logits(model, tokens):
        return model(tokens[None])[0].clone()

    return logits
