"""A model too large for its device, part of which was left on disk."""

import pytest

import rh_lens as rh
from rh_lens.model.identity import identity


def test_a_model_with_weights_on_disk_is_refused_with_what_helps():
    model = rh.load("organism-short")
    model.original_model.lm_head.to("meta")
    with pytest.raises(ValueError, match=r"were left on disk.* on more GPUs or in a smaller dtype"):
        identity(model)
