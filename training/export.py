"""Export: averaged weights of a run become a folder that transformers and rh_lens can load.

python -m training.export RUN OUT [--stage NAME]
"""

import argparse
import shutil
from pathlib import Path

from transformers import LlamaForCausalLM

from training.recipe import RECIPE

TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def export(run: Path, out: Path, stage: str) -> None:
    """Those at the end of a stage, in half precision."""
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
    parser.add_argument("--stage", default=RECIPE[-1].name)
    given = parser.parse_args()
    export(given.run, given.out, given.stage)


if __name__ == "__main__":
    main()
