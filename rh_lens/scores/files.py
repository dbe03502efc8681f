"""Files of head scores: safetensors with all that is known, and the reference's JSON without it."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from rh_lens.cases.case import Labels

SCHEMA = "rh_lens head scores 2"
UNCHECKED = "rh_lens head scores 1"  # has no checksum
HEAD = re.compile(
    r"\d{1,3}-\d{1,3}", re.ASCII
)  # no model has a thousand layers, or heads to a layer


class Parts(NamedTuple):
    """What a file holds."""

    name: str
    values: Float[Tensor, "case layer head"]
    labels: Sequence[Labels]
    provenance: Mapping[str, Any]


def write(scores: Any, path: Path) -> None:
    """Write a `HeadScores` in the format that the ending of `path` names.

    If it cannot be written in full, what stood there before stays.
    """
    writing = _of_ending(path, WRITERS)
    part = path.with_name(f"{path.name}.part")
    try:
        writing(scores, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> Parts:
    """Read scores in the format that the ending of `path` names."""
    reading = _of_ending(path, READERS)
    if not path.is_file():
        raise ValueError(f"there are no scores at {str(path)!r}: check the path")
    return reading(path)


def write_safetensors(scores: Any, path: Path) -> None:
    """Values as a tensor; name, labels, provenance and a checksum of all that as metadata."""
    metadata = {
        "schema": SCHEMA,
        "name": scores.name,
        "labels": json.dumps([dict(labels) for labels in scores.labels], ensure_ascii=False),
        "provenance": json.dumps(dict(scores.provenance), ensure_ascii=False),
    }
    metadata["checksum"] = _checksum(metadata, scores.values)
    try:
        save_file({"values": scores.values.contiguous()}, path, metadata)
    except SafetensorError as error:
        raise OSError(f"{str(path)!r} cannot be written: {error}") from error


def write_csv(scores: Any, path: Path) -> None:
    """A row per case and head."""
    scores.frame().to_csv(path, index=False)


def read_safetensors(path: Path) -> Parts:
    """What `write_safetensors` wrote, and nothing else."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("schema") not in (SCHEMA, UNCHECKED):
                raise ValueError(
                    f"{str(path)!r} is a safetensors file without head scores "
                    f"(schema {metadata.get('schema')!r}): give one that HeadScores.save wrote"
                )
            values = file.get_tensor("values")
    except SafetensorError as error:
        raise ValueError(f"{str(path)!r} cannot be read as safetensors: {error}") from error
    told = metadata.pop("checksum", None)
    if values.dim() != 3 or (metadata["schema"] == SCHEMA and told != _checksum(metadata, values)):
        raise ValueError(f"{str(path)!r} is damaged, its checksum differs: copy or make it again")
    try:
        labels, provenance = json.loads(metadata["labels"]), json.loads(metadata["provenance"])
        name = metadata["name"]
    except (KeyError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{str(path)!r} is damaged, it does not tell its name, labels and provenance: copy or "
            "make it again"
        ) from error
    return Parts(name, values, labels, provenance)


def _checksum(metadata: Mapping[str, str], values: Tensor) -> str:
    told = [sorted(metadata.items()), list(values.shape), str(values.dtype)]
    content = values.cpu().contiguous().view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(json.dumps(told).encode() + content).hexdigest()[:16]


def write_reference(scores: Any, path: Path) -> None:
    """One line of {"layer-head": [score of each passed case]}, as Wu et al.'s scripts write it.

    Cases that were not measured are left out, and so are labels and provenance: the format has no
    place for them.
    """
    measured = scores.values[~scores.values.isnan().all(dim=(1, 2))]
    by_head = {
        f"{layer}-{head}": measured[:, layer, head].tolist()
        for layer in range(measured.shape[1])
        for head in range(measured.shape[2])
    }
    path.write_text(json.dumps(by_head), encoding="utf-8")


def read_reference(path: Path) -> Parts:
    """Scores from {"layer-head": [scores]}; heads that the file leaves out are NaN."""
    try:
        by_head = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} cannot be read as JSON: {error}") from error
    heads = list(by_head) if isinstance(by_head, dict) else []
    named = all(HEAD.fullmatch(head) for head in heads)
    if not (heads and named and all(map(_are_scores, by_head.values()))):
        raise ValueError(
            f'{str(path)!r} does not map "layer-head" to lists of scores: '
            "give a score file of the reference, such as head_score/llama-2-7b-80k.json"
        )
    counts = {len(scores) for scores in by_head.values()}
    if counts == {0} or len(counts) > 1:
        raise ValueError(
            f"{str(path)!r} gives its heads {sorted(counts)} scores each: "
            "every head must have one score for every case, and there must be a case"
        )
    places = [tuple(map(int, head.split("-"))) for head in heads]
    n_layers, n_heads = (max(axis) + 1 for axis in zip(*places, strict=True))
    values = torch.full((counts.pop(), n_layers, n_heads), torch.nan)
    for (layer, index), head in zip(places, heads, strict=True):
        values[:, layer, index] = torch.tensor(by_head[head], dtype=torch.float32)
    labels = [{"case": i, "found": True} for i in range(len(values))]
    return Parts("retrieval score", values, labels, {"source": path.name})


def _are_scores(scores: Any) -> bool:
    return isinstance(scores, list) and all(map(is_score, scores))


def is_score(score: Any) -> bool:
    """A number that a tensor can hold."""
    return type(score) is float or (type(score) is int and abs(score) < 2**53)


WRITERS = {".safetensors": write_safetensors, ".json": write_reference, ".csv": write_csv}
READERS = {".safetensors": read_safetensors, ".json": read_reference}


def _of_ending(path: Path, ways: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if path.suffix not in ways:
        raise ValueError(
            f"{path.name!r} ends in {path.suffix!r}: name a file that ends in {' or '.join(ways)}"
        )
    return ways[path.suffix]
