"""Scores as a small picture that any page can show, without a plotting library."""

import base64
import struct
import zlib

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

NOT_MEASURED = (200, 200, 200)
LOW, HIGH, BELOW = (238, 242, 247), (11, 60, 115), (124, 63, 0)  # 0, most, least if negative
CELL = 16  # pixels across and down, the first of them white


def picture(mean: Float[Tensor, "layer head"]) -> str:
    """A PNG as a data address: layers downwards, heads across, dark blue for most, brown for least
    where scores are negative, grey for not measured."""
    pixels = colours(mean).repeat_interleave(CELL, dim=0).repeat_interleave(CELL, dim=1)
    pixels[::CELL], pixels[:, ::CELL] = 255, 255
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()


def colours(mean: Float[Tensor, "layer head"]) -> UInt8[Tensor, "layer head 3"]:
    low, high, below, blank = (
        torch.tensor(colour, dtype=torch.float32) for colour in (LOW, HIGH, BELOW, NOT_MEASURED)
    )
    known = mean.nan_to_num()
    share = (known / known.abs().max().clamp(min=1e-9))[..., None]
    mixed = low + share.abs() * torch.where(share < 0, below - low, high - low)
    return torch.where(mean.isnan()[..., None], blank, mixed).round().to(torch.uint8)


def png(pixels: UInt8[Tensor, "height width 3"]) -> bytes:
    """The file format: a header, one deflated block of rows, an end."""
    height, width, _ = pixels.shape
    rows = torch.nn.functional.pad(pixels.flatten(1), (1, 0))  # each row begins with its filter: 0
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.numpy().tobytes(), 9)
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check
