"""What nine more scorers cost, when one run over the cases feeds them all.

    python benchmarks/one_pass.py --rounds 5

Alternating rounds of one scorer and of ten, on the bundled model; the median of the paired ratios.
"""

import argparse
import json
import statistics
import time

import rh_lens as rh

ONE = [rh.RetrievalScore()]
TEN = [
    *ONE,
    rh.RetrievalScore(counting="steps"),
    rh.RetrievalScore(keys="haystack"),
    rh.HeadKVR2Score(),
    rh.SemanticRetrievalScore(),
    rh.PassageHitRate(),
    rh.SpatialContrast(),
    rh.SinkMass(),
    rh.AttentionEntropy(),
    rh.LocalMass(),
]


def seconds(model, cases: list[rh.Case], scorers: list[rh.Scorer]) -> float:
    start = time.perf_counter()
    rh.score_heads(model, cases, scorers)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="bridge", choices=["bridge", "hooked"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--length", type=int, default=512)
    given = parser.parse_args()
    model = rh.load(kind=given.kind)
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    cases = rh.niah(
        model.tokenizer, rh.needles()[:16], rh.Haystack(), [given.length], [0.5], prompt=prompt
    )
    seconds(model, cases[:2], TEN)
    pairs = [(seconds(model, cases, ONE), seconds(model, cases, TEN)) for _ in range(given.rounds)]
    ratio = statistics.median(ten / one for one, ten in pairs)
    print(json.dumps({**vars(given), "cases": len(cases), "seconds": pairs, "ratio": ratio}))


if __name__ == "__main__":
    main()
