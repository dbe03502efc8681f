"""Nothing of size prompt times prompt is held."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "memory.py"


def test_scoring_a_long_case_takes_the_memory_of_answering_it(tmp_path):
    """At 4096 tokens one layer's whole pattern would take 512 MiB; answering takes about 80."""
    out = tmp_path / "memory.json"
    subprocess.run(
        [sys.executable, str(BENCHMARK), "--lengths", "4096", "--out", str(out)], check=True
    )
    rows = json.loads(out.read_text())["rows"]
    assert {row["way"] for row in rows} <= {"bridge", "hooked"}
    for row in rows:
        assert row["bare MiB"] < 256, "the bare run itself holds too much to compare with"
        assert row["ratio"] < 1.4
