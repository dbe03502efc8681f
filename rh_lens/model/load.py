"""Load: a name, a folder or the bundled organism becomes a TransformerLens model."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import torch
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.sources import build_bridge_from_module
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from rh_lens.model.launch import own_gpu
from rh_lens.model.memory import memory_errors

try:  # TransformerLens 4 has none of these
    from transformer_lens import (
        HookedTransformer,
        HookedTransformerConfig,
        loading_from_pretrained,
    )
except ImportError:
    HookedTransformer = HookedTransformerConfig = loading_from_pretrained = None

Kind = Literal["bridge", "hooked"]
BUNDLED = {"organism": ".", "organism-short": "organism-short"}  # name: folder in rh_lens/organism
SAFELY = {"local_files_only": True, "trust_remote_code": False}  # unsaid, it asks whether to run it
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json")


def load(
    name: str | Path | None = None,
    *,
    kind: Kind = "bridge",
    device: str | torch.device | None = None,
    dtype: torch.dtype | str = torch.float32,
) -> Any:
    """A model to ask, by name or from a folder; without a name the small one that is bundled.

    Weights are left as they are (no folding, no centring), so both kinds hold the same numbers.

    Args:
        name: "organism" (as without a name), "organism-short" (the same before it learnt to read
            more than 512 tokens), a Hugging Face model name, which the installed TransformerLens
            fetches, or a folder with `config.json` and safetensors, which is read without a
            network. A folder without a tokenizer gives a model without one, for cases made of
            token ids.
        kind: "bridge" for `TransformerBridge`; "hooked" for `HookedTransformer`, which
            TransformerLens has up to 3.x.
        device: Where to put it. None: a GPU if there is one; of several processes that a launcher
            started, each takes another.
        dtype: Such as torch.bfloat16 or "bfloat16".
    """
    if kind not in ("bridge", "hooked"):
        raise ValueError(f"kind is {kind!r}: it can be 'bridge' or 'hooked'")
    if kind == "hooked" and HookedTransformer is None:
        raise ValueError(
            f"TransformerLens {version('transformer-lens')} has no HookedTransformer: "
            "use kind='bridge', or install transformer-lens<4"
        )
    chosen = _device(device or _usual_device())
    precision = _dtype(dtype)
    if name is None or name in BUNDLED:
        folder = bundled(str(name or "organism"))
    else:
        folder = Path(name).resolve()
    if folder.is_dir():
        return _from_folder(folder, kind, chosen, precision)
    if isinstance(name, Path) or str(name).startswith((".", "/", "~")):
        raise ValueError(f"there is no model folder at {str(name)!r}: check the path")
    if kind == "bridge":
        return TransformerBridge.boot_transformers(str(name), device=chosen, dtype=precision)
    return HookedTransformer.from_pretrained_no_processing(
        str(name), device=chosen, dtype=precision
    )


def bundled(name: str) -> Path:
    """The folder of a model that comes with the package."""
    return Path(str(files("rh_lens") / "organism" / BUNDLED[name])).resolve()


def _usual_device() -> str:
    return own_gpu(torch.cuda.device_count()) if torch.cuda.is_available() else "cpu"


def _device(device: str | torch.device) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"the device {str(device)!r} cannot be used here: name another, such as 'cpu' ({error})"
        ) from error


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ValueError(f"dtype is {dtype!r}: it can be 'float32', 'bfloat16' or 'float16'")
    return found


def _from_folder(folder: Path, kind: Kind, device: torch.device, dtype: torch.dtype) -> Any:
    if not (folder / "config.json").exists():
        raise ValueError(
            f"the folder {str(folder)!r} holds no config.json: "
            "save the model there with save_pretrained, or check the path"
        )
    architecture = _architecture(folder)
    with _told_as_damage(folder), memory_errors():
        weights, report = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation="eager",
            use_safetensors=True,
            output_loading_info=True,
            **SAFELY,
        )
        weights = weights.to(device).eval()
        tokenizer = _tokenizer(folder)
    if missing := sorted(report["missing_keys"]):
        raise ValueError(
            f"the weights in {str(folder)!r} lack {len(missing)} that its config.json calls for, "
            f"such as {missing[0]!r}: copy the folder again"
        )
    if kind == "bridge":
        if tokenizer is not None:
            model = TransformerBridge.boot_transformers(
                str(folder), hf_model=weights, tokenizer=tokenizer, dtype=dtype
            )
            model.cfg.model_name = folder.name
            return model
        return build_bridge_from_module(
            weights, architecture, hf_config=weights.config, model_name=folder.name
        )
    cfg = _hooked_config(folder, device, dtype)
    model = HookedTransformer(cfg, tokenizer)
    state = loading_from_pretrained.get_pretrained_state_dict(
        str(folder), cfg, hf_model=weights, dtype=dtype
    )
    model.load_and_process_state_dict(
        state,
        fold_ln=False,
        center_writing_weights=False,
        center_unembed=False,
        fold_value_biases=False,
    )
    return model


def _architecture(folder: Path) -> str:
    with _told_as_damage(folder):
        config = AutoConfig.from_pretrained(folder, **SAFELY)
        architecture = str((config.architectures or ["nothing"])[0])
    if not architecture.endswith(("ForCausalLM", "LMHeadModel")):
        raise ValueError(
            f"the folder {str(folder)!r} holds a {architecture}, which does not write text from "
            "left to right: use a decoder-only language model"
        )
    return architecture


@contextmanager
def _told_as_damage(folder: Path) -> Iterator[None]:
    """Errors of those who read a folder, where they are not meant for the eyes of a user."""
    try:
        yield
    except (OSError, ImportError, MemoryError):
        raise
    except Exception as error:  # tokenizers raises no other class
        if isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(
            f"files in {str(folder)!r} are damaged: copy the folder again ({reason})"
        ) from error


def _tokenizer(folder: Path) -> Any:
    if not any((folder / name).exists() for name in TOKENIZER_FILES):
        return None
    return AutoTokenizer.from_pretrained(folder, **SAFELY)


def _hooked_config(folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    """The folder's config as TransformerLens understands it, with its guesses undone."""
    config = AutoConfig.from_pretrained(folder, **SAFELY)
    written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="model") as neutral:
        # it takes the architecture from a path that spells one, so it reads a copy elsewhere; and
        # it looks for `n_ctx`, which transformers 5 saves GPT-2 without
        copy = {"n_ctx": getattr(config, "max_position_embeddings", None), **written}
        (Path(neutral) / "config.json").write_text(json.dumps(copy), encoding="utf-8")
        guessed = loading_from_pretrained.get_pretrained_model_config(
            neutral, device=str(device), dtype=dtype
        ).to_dict()
    own = {**guessed, "model_name": folder.name, "tokenizer_name": None}
    d_head = getattr(config, "head_dim", None)
    if d_head and d_head != guessed["d_head"]:
        # it takes d_model / n_heads, and what follows from it
        own |= {"d_head": d_head, "attn_scale": -1.0}
        if guessed["rotary_dim"] == guessed["d_head"]:
            own["rotary_dim"] = d_head
    return HookedTransformerConfig.from_dict(own)
