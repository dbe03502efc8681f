"""Nothing of size prompt times prompt is held."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "memory.py"


def test_scoring_a_long_case_takes_the_memory_of_answering_it(tmp_path):
    """At 4096 tokens one layer's whole pattern would take 512 MiB; answering takes about 75."""
    out = tmp_path / "memory.json"
    command = [sys.executable, str(BENCHMARK), "--lengths", "4096", "--rounds", "1"]
    subprocess.run([*command, "--out", str(out)], check=True)
    for row in json.loads(out.read_text())["rows"]:
        assert row["bare MiB"] < 128, "the bare run itself holds too much to compare with"
        assert row["ratio"] < 1.1
