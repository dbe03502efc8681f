"""Export: averaged weights of a run become a folder that transformers and rh_lens can load.

python -m training.export RUN OUT [--stage NAME]
"""

import argparse
import shutil
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from training.model import blank

TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def export(run: Path, out: Path, stage: str | None) -> None:
    """Half precision; of a finished stage, or without one of the state last saved."""
    if stage is None:
        model = blank(0)
        saved = torch.load(run / "state.pt", weights_only=True, map_location="cpu")
        model.load_state_dict(saved["averaged"])
    else:
        model = LlamaForCausalLM.from_pretrained(run / stage)
    out.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(out)
    (out / "generation_config.json").unlink(missing_ok=True)
    for name in TOKENIZER:
        shutil.copyfile(run / name, out / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage")
    given = parser.parse_args()
    export(given.run, given.out, given.stage)


if __name__ == "__main__":
    main()
