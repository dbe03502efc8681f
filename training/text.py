"""Text: the prose that facts are hidden in, a part of it never shown in training."""

import ast
import re
import sysconfig
from functools import cache
from pathlib import Path

from rh_lens.cases.haystack import python_prose

HELD_OUT = 30_000  # characters from the beginning of the bundled haystack, where prompts begin


@cache
def held_out() -> str:
    """The beginning of the default haystack, which `niah` reads from its beginning."""
    prose = python_prose()
    return prose[: prose.index("\n", HELD_OUT)]


@cache
def training() -> str:
    """The rest of it and the docstrings of the standard library, a paragraph a line."""
    told = set(held_out().split("\n"))
    prose = [line for line in python_prose().split("\n") if line not in told]
    lines = [line for line in docstrings() if line not in told]
    return "\n".join(dict.fromkeys(prose + lines))


def docstrings() -> list[str]:
    """Paragraphs of sentences among the standard library's docstrings."""
    library = Path(sysconfig.get_paths()["stdlib"])
    found = []
    for path in sorted(library.rglob("*.py")):
        folders = set(path.relative_to(library).parts[:-1])
        if folders & {"site-packages", "test", "tests", "idlelib", "lib2to3", "topics"}:
            continue
        if path.name == "topics.py":
            continue
        found += [text for doc in _docs(path) for text in _paragraphs(doc)]
    return found


def _docs(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(tree) if isinstance(node, kinds))
    return [doc for node in nodes if (doc := ast.get_docstring(node))]


def _paragraphs(doc: str) -> list[str]:
    blocks = (re.sub(r"\s+", " ", block).strip() for block in re.split(r"\n\s*\n", doc))
    return [
        block
        for block in blocks
        if block[:1].isupper()
        and block.endswith(".")
        and len(block.split()) >= 8
        and sum(c.isalpha() or c.isspace() for c in block) >= 0.85 * len(block)
    ]
