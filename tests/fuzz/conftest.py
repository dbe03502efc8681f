"""What the fuzz shares: files that would explode, and small scores."""

import pickle

import pytest
import torch

import rh_lens as rh


class Bomb:
    """Unpickling this leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def bombs(tmp_path):
    """Files that leave `exploded` behind where they are unpickled."""
    torch.save(Bomb(tmp_path / "exploded"), tmp_path / "saved")
    return [pickle.dumps(Bomb(tmp_path / "exploded")), (tmp_path / "saved").read_bytes()]


@pytest.fixture(scope="session")
def scores():
    """Small scores with all that a score file can hold."""
    values = torch.rand(4, 3, 2, generator=torch.Generator().manual_seed(0))
    values[1] = torch.nan
    labels = tuple(
        {"needle": f"Wo ist „{i // 2}“?", "depth": 0.5 * (i % 2), "length": 128, "found": i != 1}
        for i in range(4)
    )
    origin = {"model": {"name": "small", "class": "X", "dtype": "float32"}, "scorer": "S()"}
    return rh.HeadScores("a score", values, labels, origin)
