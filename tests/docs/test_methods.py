"""The pages on methods name every public score, ablation and causal effect, and no other."""

import re
from pathlib import Path

import pytest

import rh_lens as rh
from rh_lens.interventions.intervention import HeadIntervention
from rh_lens.scorers.scorer import Scorer

PAGES = Path(__file__).parents[2] / "docs" / "methods"
WEIGHTS = {"ov_copying", "ov_copying_rate", "k_composition", "qk_previous_token"}
EFFECTS = {
    "activation_patching",
    "attribution_patching",
    "ablation_effect",
    "answer_kl",
    "causal_retrieval_effect",
    "function_vector_effect",
    "path_patching",
    "circuit",
}


def public(base: type) -> set[str]:
    """The final classes of a kind among the public names."""
    own = {name: getattr(rh, name) for name in rh.__all__}
    kinds = {name for name, it in own.items() if isinstance(it, type) and issubclass(it, base)}
    return kinds - {base.__name__}


def headings(page: str) -> set[str]:
    """Those that are a name of the package."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return {name for name in re.findall(r"^### (\w+)", text, re.MULTILINE) if hasattr(rh, name)}


def test_every_score_has_its_place_on_the_page_of_scores():
    assert headings("scores.md") == public(Scorer) | WEIGHTS


def test_every_ablation_has_its_place_on_the_page_of_ablations():
    assert headings("ablations.md") == public(HeadIntervention) - {"Patch"}


def test_every_causal_effect_has_its_place_on_the_page_of_patching():
    assert headings("patching.md") == EFFECTS | {"Patch"}


@pytest.mark.parametrize("page", ["scores.md", "ablations.md", "patching.md"])
def test_every_paper_of_a_method_is_the_one_that_its_docstring_names(page):
    """An address on the page that is in no docstring of the package would be a slip of the pen."""
    text = (PAGES / page).read_text(encoding="utf-8")
    package = Path(rh.__file__).parent
    known = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    cited = set(re.findall(r"arxiv\.org/abs/([0-9.]+)", text))
    assert cited
    assert cited - set(re.findall(r"arXiv:([0-9]+\.[0-9]+)", known)) <= {
        "2504.03022",  # Feucht et al. 2025, named there without its number
        "2601.11020",  # RetMask, whose code is meant by "released code for retrieval heads"
    }
