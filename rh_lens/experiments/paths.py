"""Paths: which paths through a model are patched, and how."""

from dataclasses import dataclass
from typing import Literal

from rh_lens.experiments.each_head import name_of
from rh_lens.experiments.lone_sender import Between
from rh_lens.experiments.receivers import Receivers
from rh_lens.metrics import LogitMetric

Direction = Literal["noising", "denoising"]


@dataclass(frozen=True)
class Paths:
    """All that an effect depends on but the model, the pair and the sender."""

    receivers: Receivers
    metric: LogitMetric
    mlps: Between
    direction: Direction

    def __repr__(self) -> str:
        return (
            f"path_patching({self.receivers!r}, {self.direction}, MLPs {self.mlps}, "
            f"{name_of(self.metric)})"
        )
