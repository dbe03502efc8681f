"""Pages that nobody writes by hand: notebooks, the reference, the changelog, how to contribute."""

import ast
import json
import os
import re
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from formulas import in_notebook
from measured import digest
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from typer.main import get_command
from typer.testing import CliRunner

from rh_lens.cli import app

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "docs"
PACKAGE = ROOT / "rh_lens"
FOLDERS = {  # of the package, in the order in which imports point up, and what each is for
    "heads": "which heads there are, and controls drawn from them",
    "cases": "what is asked of a model",
    "scores": "a number for every head of every case",
    "model": "how a model is loaded, answers, and is watched",
    "organism": "the bundled model",
    "scorers": "how a head earns its score",
    "interventions": "how a model is changed",
    "metrics": "how well a model answered",
    "journal": "what a run remembers",
    "experiments": "what is found out",
    "published": "other people's head lists",
    "plots": "how it is seen",
    "cli": "the same from a shell",
}


@event_priority(100)
def on_config(config: Any) -> Any:
    """The navigation grows by what is there to be shown."""
    os.environ["RH_LENS_VIZ"] = "static"  # what a notebook shows without a kernel
    os.environ.setdefault("TQDM_DISABLE", "1")
    for section in config.nav:
        ((title, pages),) = section.items()
        if title == "Notebooks":
            pages += [f"notebooks/{path.name}" for path in notebooks()]
        if title == "Reference":
            pages += [{name: f"reference/{name}.md"} for name in FOLDERS]
    return config


@event_priority(100)
def on_files(files: Files, config: Any) -> Files:
    """Adds the pages, before plugins look for notebooks."""
    written = {
        "contributing.md": read("CONTRIBUTING.md"),
        "changelog.md": read("CHANGELOG.md"),
        "notebooks/index.md": notebook_list(),
        "reference/index.md": reference_list(),
        **{f"reference/{name}.md": reference(name) for name in FOLDERS},
    }
    for uri, content in written.items():
        files.append(File.generated(config, uri, content=content))
    package = digest()
    for path in notebooks():
        notebook = in_notebook(json.loads(path.read_text(encoding="utf-8")))
        notebook["metadata"]["package"] = package  # so that another one is run anew
        copy = BUILD / "notebooks" / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(notebook), encoding="utf-8")
        uri = f"notebooks/{path.name}"  # a file of its own: the plugin cannot read a generated one
        files.append(File(uri, str(BUILD), config.site_dir, config.use_directory_urls))
    return files


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook_list() -> str:
    """What each notebook asks: its title and first sentence."""
    rows = []
    for path in notebooks():
        title, summary = heading(path)
        rows.append(f"[{title}]({path.name})\n:   {summary}")
    listed = "\n\n".join(rows) or "There are none yet."
    return (
        "# Notebooks\n\nEach asks one question, and was run from the first cell to the last when "
        "this site was built, on the bundled model, on a CPU, without a network. To run them "
        "yourself, open the files in `notebooks/`; to ask the same of another model, change the "
        f"line that loads it.\n\n{listed}\n"
    )


def heading(path: Path) -> tuple[str, str]:
    """Title and first paragraph of a notebook."""
    text = "\n".join(_markdown(path))
    title = re.search(r"^# +(.+)$", text, re.MULTILINE)
    rest = text[title.end() :] if title else text
    paragraph = next((p for p in re.split(r"\n\s*\n", rest.strip()) if p.strip()), "")
    summary = " ".join(paragraph.split())
    return (title[1].strip() if title else path.stem), summary


def _markdown(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def public(folder: str) -> list[str]:
    """Full names of all that a folder offers, in the order of the package's own lists."""
    listed = names(PACKAGE / "__init__.pyi", "rh_lens")
    return [
        *(name for name in listed if name.split(".")[1] == folder and name.count(".") > 1),
        *names(PACKAGE / folder / "__init__.pyi", f"rh_lens.{folder}"),
    ]


def names(stub: Path, package: str) -> list[str]:
    """The names that a stub lists, and those of the packages that it lists."""
    found = []
    for node in ast.parse(stub.read_text(encoding="utf-8")).body if stub.is_file() else []:
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{package}.{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and package != "rh_lens":
            for alias in node.names:
                inner = stub.parent / alias.name / "__init__.pyi"
                found += names(inner, f"{package}.{alias.name}")
    return found


def reference(folder: str) -> str:
    """One page of the reference."""
    if folder == "organism":
        return (resources("rh_lens") / "organism" / "README.md").read_text(encoding="utf-8")
    if folder == "cli":
        return commands()
    blocks = "\n\n".join(f"::: {name}" for name in public(folder))
    return f"# {folder}\n\n{FOLDERS[folder].capitalize()}.\n\n{blocks}\n"


def reference_list() -> str:
    """Every public name, by folder."""
    rows = []
    for folder, meant in FOLDERS.items():
        names = ", ".join(f"[`{n.split('.')[-1]}`][{n}]" for n in public(folder))
        shown = names or ("the model card" if folder == "organism" else "`rh-lens`")
        rows.append(f"| [{folder}]({folder}.md) | {meant} | {shown} |")
    table = "\n".join(["| folder | | names |", "|---|---|---|", *rows])
    return (
        "# Reference\n\nAll names are in `rh_lens`, those of `plots` and `published` in the module "
        "of that name. Folders are layers: each uses only those above it in this table.\n\n"
        f"{table}\n"
    )


def commands() -> str:
    """What every command says of itself."""
    runner = CliRunner()
    environment = {"COLUMNS": "88", "TERM": "dumb", "NO_COLOR": "1"}
    parts = ["# In a shell\n\nThe same verbs as in Python. `rh-lens COMMAND --help` says this."]
    for name in get_command(app).commands:
        said = runner.invoke(app, [name, "--help"], env=environment, prog_name="rh-lens").output
        parts.append(f"## rh-lens {name}\n\n```text\n{said.strip()}\n```")
    return "\n\n".join(parts)
