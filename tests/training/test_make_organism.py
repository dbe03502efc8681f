"""`make organism` leads from nothing to a model, its reports and its card."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from transformers import LlamaForCausalLM

import rh_lens as rh
from rh_lens.model.load import BUNDLED, bundled
from training import evaluate, samples, train
from training.export import TOKENIZER
from training.recipe import RECIPE, SEEDS, Stage

MAKEFILE = Path(train.__file__).parents[1] / "Makefile"
STEP = 256  # tokens


def commands(target: str) -> list[list[str]]:
    """The Python modules that a target of the Makefile runs, each with its arguments."""
    told = subprocess.run(
        ["make", "--dry-run", "--always-make", "--old-file=.venv/ready", target],
        cwd=MAKEFILE.parent, text=True, check=True, capture_output=True,
    )  # fmt: skip
    lines = re.findall(r" -m (training.*)$", told.stdout.replace("\\\n", " "), re.M)
    return list(map(shlex.split, lines))


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """The same commands on a few samples, in a folder of their own."""
    mix = samples.Mix(repeats=0.3)
    stages = [
        Stage(stage.name, at * STEP / 1e6, (64,), mix, pace=stage.pace)
        for at, stage in enumerate(RECIPE, 1)
    ]
    monkeypatch.setattr(train, "RECIPE", stages)
    monkeypatch.setattr(train, "TOKENS", STEP)
    monkeypatch.setattr(train, "beginners", lambda found: [(3, 4), (3, 5)])
    opened = rh.Needle("Ten nails hold the door.", "What holds the door?", "Ten nails")
    needles, written = [*evaluate.unseen_needles(3), opened], rh.needles()[::4]
    monkeypatch.setattr(
        evaluate, "unseen_needles", lambda count, seed=1, among=(): needles * (seed == 1)
    )
    monkeypatch.setattr(evaluate.rh, "needles", lambda: written)
    monkeypatch.setattr(evaluate, "LENGTHS", (320, 336))
    monkeypatch.setattr(evaluate, "LENGTH", 320)
    monkeypatch.setattr(evaluate, "DEPTHS", (0.5,))
    monkeypatch.setattr(evaluate, "CASES", 2)
    monkeypatch.chdir(tmp_path)


def test_its_commands_lead_from_nothing_to_models_and_their_card(tiny, monkeypatch, capsys):
    ran = []
    reports = Path("training/reports")
    reports.mkdir(parents=True)
    # the card of the first needs what is kept of the other: here nothing is, so it comes last
    one, two = commands("organism"), commands("organism-seed2")
    assert one[-1] == two[-1]
    for module, *arguments in [*one[:-1], *two]:
        if module == "training.evaluate":
            # a few steps teach no answers, of which the evaluation asks which heads they need
            for file in ("model.safetensors", *TOKENIZER):
                folder = Path(arguments[0])
                shutil.copyfile(bundled(folder.name) / file, folder / file)
        given = [one for one in arguments if one not in (">", "build/README.md")]
        monkeypatch.setattr(sys, "argv", [module, *given])
        if module == "training.card":
            for name in SEEDS:
                shutil.copyfile(f"build/{name}/log.jsonl", reports / f"{name}.jsonl")
        import_module(module).main()
        ran.append(module.removeprefix("training."))
        if ran[-1] == "export":
            weights = LlamaForCausalLM.from_pretrained(given[1]).state_dict()
            kept = LlamaForCausalLM.from_pretrained(
                Path(given[0], *given[3:] or [RECIPE[-1].name])
            ).state_dict()
            assert all((weights[name] == kept[name].half()).all() for name in kept)
    first = ["train", "export", "export", "evaluate", "evaluate"]
    assert ran == [*first, "train", "export", "evaluate", "card"]
    card = capsys.readouterr().out
    assert card.startswith("# The organism\n")
    for name in BUNDLED:
        for length in evaluate.LENGTHS:
            assert f"\n| {name} | {length} | " in card
