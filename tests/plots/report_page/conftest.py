"""Scores made by hand, some of cases that would like to be HTML."""

import pytest
import torch

import rh_lens as rh

EVIL = "</script><script>RAN=1</script><img src=x onerror=RAN=2>"


@pytest.fixture(scope="session")
def scored():
    """Scores of 2 layers of 4 heads, the second head of the second strongest, on `needles` needles
    at two lengths and two depths; every case is answered but the last `failed`."""

    def scored(needles=6, failed=1, *, grid=True, **provenance):
        labels = [
            {"needle": f"{EVIL} {needle}"} | ({"length": length, "depth": depth} if grid else {})
            for needle in range(needles)
            for length in (128, 256)
            for depth in (0.0, 1.0)
        ]
        values = torch.rand(len(labels), 2, 4, generator=torch.Generator().manual_seed(0)) / 10
        values[:, 1, 1] += 0.8
        for i, at in enumerate(labels):
            at |= {"found": i < len(labels) - failed, "said": f"{EVIL} said", "digest": str(i)}
        values[len(labels) - failed :] = torch.nan
        origin = {
            "model": {"name": EVIL, "n_key_value_heads": 4, "weights": "abc"},
            "scorer": "Scorer(<1>)",
            "seed": None,
            "versions": {"rh_lens": "0.1"},
        }
        return rh.HeadScores("a score", values, tuple(labels), origin | provenance)

    return scored
