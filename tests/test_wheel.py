"""What is installed is what was tested."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_carries_all_files_of_the_package(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("rh_lens/")}
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "rh_lens").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert carried == ours
    assert {
        "rh_lens/py.typed",
        "rh_lens/__init__.pyi",
        "rh_lens/cases/needles.jsonl",
        "rh_lens/organism/model.safetensors",
    } <= carried
