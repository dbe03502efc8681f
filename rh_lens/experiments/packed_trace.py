"""A copy trace as a journal keeps it: numbers, texts and lists."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import torch

from rh_lens.experiments.copy_trace import CopyTrace
from rh_lens.heads import Head

KNOWN = ("labels", "provenance")  # without a journal


def pack(trace: CopyTrace) -> dict[str, Any]:
    """All that had to be measured."""
    return {
        field.name: _pack(getattr(trace, field.name))
        for field in fields(trace)
        if field.name not in KNOWN
    }


def unpack(packed: Mapping[str, Any], **known: Any) -> CopyTrace:
    """The trace again, with what needed no measuring."""
    wanted = {field.name: field.type for field in fields(CopyTrace) if field.name not in KNOWN}
    measured = {name: _unpack(packed[name], kind) for name, kind in wanted.items()}
    heads = tuple(Head(*head) for head in packed["heads"])
    return CopyTrace(**{**measured, "heads": heads}, **known)


def _pack(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [value.start, value.stop] if isinstance(value, range) else value


def _unpack(value: Any, kind: Any) -> Any:
    if kind is range:
        return range(*value)
    if kind is bool:
        return value
    return tuple(value) if kind == tuple[str, ...] else torch.tensor(value)
