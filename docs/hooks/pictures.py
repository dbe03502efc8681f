"""The README's pictures, from the bundled model: python docs/hooks/pictures.py docs/pictures"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt

import rh_lens as rh

STEM = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


def main(folder: Path) -> None:
    model = rh.load()
    hidden, hay = rh.needles(), rh.Haystack()
    cases = rh.niah(model.tokenizer, hidden, hay, [384, 512], [0, 0.5, 1], prompt=STEM)
    scores = rh.score_heads(model, cases, rh.RetrievalScore())
    rh.plots.save(rh.plots.heatmap(scores), folder / "heatmap.png")
    plt.close("all")
    (case,) = rh.niah(model.tokenizer, hidden[16:17], hay, [384], [0.5], prompt=STEM)
    panels = rh.plots.copy_trace(rh.trace(model, case, scores.top(2)))
    rh.plots.save(panels[0], folder / "trace.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
