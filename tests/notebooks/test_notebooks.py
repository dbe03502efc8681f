"""Notebooks are the manual: a question each, little code, and no outputs in the repository."""

import ast
import json
import re
from pathlib import Path

import pytest

import rh_lens as rh

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LOAD = 'model = rh.load()  # rh.load("Qwen/Qwen2.5-0.5B")'
LINES = {"a cell": 20, "a notebook": 75}  # more, and the library lacks something


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def text(notebook):
    """Each stretch of prose."""
    return sources(notebook, "markdown")


@pytest.fixture
def code(notebook):
    """The code of each cell."""
    return sources(notebook, "code")


def sources(notebook, kind):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def public(code):
    """What is asked of rh_lens, such as "niah" and "plots.heatmap"."""
    for node in ast.walk(ast.parse("\n".join(code))):
        name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if re.fullmatch(r"rh(\.\w+)+", name):
            yield name.removeprefix("rh.")


def test_the_notebooks_are_numbered_without_a_gap():
    numbers = [int(path.stem[:2]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(NOTEBOOKS) + 1))
    assert numbers


def test_no_notebook_holds_an_output(notebook):
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(
        cells
    )


def test_cells_are_numbered_in_order_so_that_saving_changes_no_id(notebook):
    ids = [cell["id"] for cell in notebook["cells"]]
    assert ids == [str(number) for number in range(len(ids))]
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)


def test_any_python_kernel_will_do(notebook):
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_a_notebook_begins_with_a_question_what_will_be_seen_and_how_long_it_takes(text):
    heading, *rest = text[0].splitlines()
    assert re.fullmatch(r"# [A-Z].*\?", heading)
    assert "**You will have seen**" in "\n".join(rest)
    assert "**It takes** about" in "\n".join(rest)


def test_a_notebook_ends_with_its_limits_and_a_way_on(text):
    assert text[-1].startswith("## What this does and does not show\n")
    following = re.findall(r"^\*\*.*\*\* \[.*\]\((.*\.ipynb)\)$", text[-1], flags=re.MULTILINE)
    assert len(following) == 1


def test_every_link_to_a_file_leads_somewhere(path, text):
    linked = re.findall(r"\]\((?!http)([^)#]+)", "\n".join(text))
    assert [link for link in linked if not (path.parent / link).exists()] == []


def test_one_line_loads_the_model(code):
    lines = "\n".join(code).splitlines()
    assert lines.count(LOAD) == 1
    assert [line for line in lines if line.startswith("model = ")] == [LOAD]


def test_a_notebook_is_thin(code):
    counts = [len([line for line in cell.splitlines() if line.strip()]) for cell in code]
    assert max(counts) <= LINES["a cell"]
    assert sum(counts) <= LINES["a notebook"]


def test_a_notebook_asserts_what_it_claims(code):
    assert sum(cell.count("assert ") for cell in code) >= 1


def test_prose_names_no_head_since_another_model_has_others(text):
    assert re.findall(r"L\d+H\d+", "\n".join(text)) == []


def test_nothing_depends_on_the_machine(notebook):
    everything = "\n".join(sources(notebook, "code") + sources(notebook, "markdown"))
    assert re.findall(r"""["'(](?:/[a-z]|~|[A-Z]:\\)""", everything) == []


def test_a_notebook_uses_public_names_only(code):
    imported = re.findall(
        r"^.*import.*rh_lens.*|^.*rh_lens.*import.*", "\n".join(code), re.MULTILINE
    )
    assert imported == ["import rh_lens as rh"]
    for name in public(code):
        found = rh
        for part in name.split("."):
            found = getattr(found, part)
