"""What reading prompts of one shape at once saves.

    python benchmarks/batch.py --rounds 5 --batch-size 8

Alternating rounds over the same cases, one prompt at a time and several at once, on the bundled
model; the median of the paired ratios, for each length.
"""

import argparse
import json
import statistics
import time

import rh_lens as rh

DEPTHS = [0.0, 0.25, 0.5, 0.75, 1.0]
BEGUN = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")


def seconds(model, cases: list[rh.Case], batch_size: int) -> float:
    start = time.perf_counter()
    rh.score_heads(model, cases, rh.RetrievalScore(), batch_size=batch_size)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="bridge", choices=["bridge", "hooked"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 1024, 1900])
    given = parser.parse_args()
    model, hay = rh.load(kind=given.kind), rh.Haystack()
    for length in given.lengths:
        cases = rh.niah(model.tokenizer, rh.needles()[:8], hay, [length], DEPTHS, prompt=BEGUN)
        seconds(model, cases[:2], 1)
        pairs = [
            (seconds(model, cases, 1), seconds(model, cases, given.batch_size))
            for _ in range(given.rounds)
        ]
        ratio = statistics.median(several / one for one, several in pairs)
        found = {"length": length, "cases": len(cases), "seconds": pairs, "ratio": ratio}
        print(json.dumps({"kind": given.kind, "batch_size": given.batch_size, **found}), flush=True)


if __name__ == "__main__":
    main()
