"""Nothing of size prompt times prompt is held."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "memory.py"


def test_scoring_a_long_case_takes_the_memory_of_reading_it(kind):
    """At 4096 tokens one layer's whole pattern would take 512 MiB; the reading takes about 100."""
    command = [sys.executable, str(BENCHMARK), "--kind", kind, "--length", "4096"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    assert measured["bare"] < 256, "the bare reading itself holds too much to compare with"
    assert measured["ratio"] < 1.3
