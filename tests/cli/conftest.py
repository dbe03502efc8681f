"""What the tests of commands share: two needles in a file."""

import pytest

import rh_lens as rh


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A file of two needles that the bundled model finds."""
    file = tmp_path_factory.mktemp("needles") / "few.jsonl"
    rh.save_needles([needle for needle in rh.needles() if needle.kind == "date"][:2], file)
    return file
