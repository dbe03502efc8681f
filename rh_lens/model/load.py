"""Load: a name, a folder or the bundled organism becomes a TransformerLens model."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import torch
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.folder import read_folder
from rh_lens.model.hooked_class import HookedTransformer
from rh_lens.model.placement import DeviceMap, Placement

Kind = Literal["bridge", "hooked"]
BUNDLED = {  # name: folder in rh_lens/organism
    "organism": ".",
    "organism-short": "organism-short",
    "organism-seed2": "organism-seed2",
}


def load(
    name: str | Path | None = None,
    *,
    kind: Kind = "bridge",
    device: str | torch.device | None = None,
    dtype: torch.dtype | str = torch.float32,
    n_devices: int = 1,
    device_map: DeviceMap | None = None,
) -> Any:
    """A model to ask, by name or from a folder; without a name the small one that is bundled.

    Weights are left as they are (no folding, no centring), so both kinds hold the same numbers.

    Args:
        name: "organism" (as without a name), "organism-short" (the same before it learnt to read
            more than 256 tokens), "organism-seed2" (one of another seed), a Hugging Face model
            name, which the installed TransformerLens fetches, or a folder with `config.json` and
            safetensors, which is read without a network. A folder without a tokenizer gives a model
            without one, for cases made of token ids.
        kind: "bridge" for `TransformerBridge`; "hooked" for `HookedTransformer`, which
            TransformerLens has up to 3.x.
        device: Where to put it. None: a GPU if there is one; of several processes that a launcher
            started, each takes another.
        dtype: Such as torch.bfloat16 or "bfloat16".
        n_devices: How many GPUs share the layers of a model that is too large for one.
        device_map: As Hugging Face's, such as "auto", for a bridge. All on GPUs, or all on the CPU:
            a bridge cannot watch weights that are fetched as they are needed.
    """
    if kind not in ("bridge", "hooked"):
        raise ValueError(f"kind is {kind!r}: it can be 'bridge' or 'hooked'")
    if kind == "hooked" and HookedTransformer is None:
        raise ValueError(
            f"TransformerLens {version('transformer-lens')} has no HookedTransformer: "
            "use kind='bridge', or install transformer-lens<4"
        )
    placed = Placement.of(kind, device, n_devices, device_map)
    precision = _dtype(dtype)
    if name is None or name in BUNDLED:
        folder = bundled(str(name or "organism"))
    else:
        folder = Path(name).resolve()
    if folder.is_dir():
        return read_folder(folder, kind, placed, precision)
    if isinstance(name, Path) or str(name).startswith((".", "/", "~")):
        raise ValueError(f"there is no model folder at {str(name)!r}: check the path")
    if kind == "bridge":
        return TransformerBridge.boot_transformers(
            str(name), dtype=precision, **placed.for_bridge()
        )
    return HookedTransformer.from_pretrained_no_processing(
        str(name), dtype=precision, **placed.for_hooked()
    )


def bundled(name: str) -> Path:
    """The folder of a model that comes with the package."""
    return Path(str(files("rh_lens") / "organism" / BUNDLED[name])).resolve()


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ValueError(f"dtype is {dtype!r}: it can be 'float32', 'bfloat16' or 'float16'")
    return found
