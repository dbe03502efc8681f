"""Less to read: training's prose without the docstrings of the standard library."""

import pytest

from training import text


@pytest.fixture(scope="module", autouse=True)
def brief():
    """Reading every file of the standard library takes longer than all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "docstrings", list)
        text.training.cache_clear()
        yield
    text.training.cache_clear()
