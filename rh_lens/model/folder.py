"""A folder with a model in it becomes a TransformerLens model, without a network."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.sources import build_bridge_from_module
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from rh_lens.model.hooked_class import (
    HookedTransformer,
    HookedTransformerConfig,
    loading_from_pretrained,
)
from rh_lens.model.memory import memory_errors
from rh_lens.model.placement import Placement

SAFELY = {"local_files_only": True, "trust_remote_code": False}  # unsaid, it asks whether to run it
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json")


def read_folder(folder: Path, kind: str, placed: Placement, dtype: torch.dtype) -> Any:
    """The model of a folder with `config.json` and safetensors, and its tokenizer if it has one."""
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
            **(placed.for_weights() if kind == "bridge" else {}),
            **SAFELY,
        )
        weights = (weights if placed.split else weights.to(placed.device)).eval()
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
    cfg = _hooked_config(folder, placed, dtype)
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


def _hooked_config(folder: Path, placed: Placement, dtype: torch.dtype) -> Any:
    """The folder's config as TransformerLens understands it, with its guesses undone."""
    config = AutoConfig.from_pretrained(folder, **SAFELY)
    written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="model") as neutral:
        # it takes the architecture from a path that spells one, so it reads a copy elsewhere; and
        # it looks for `n_ctx`, which transformers 5 saves GPT-2 without
        copy = {"n_ctx": getattr(config, "max_position_embeddings", None), **written}
        (Path(neutral) / "config.json").write_text(json.dumps(copy), encoding="utf-8")
        guessed = loading_from_pretrained.get_pretrained_model_config(
            neutral, device=str(placed.device), dtype=dtype
        ).to_dict()
    own = {**guessed, "model_name": folder.name, "tokenizer_name": None}
    own["n_devices"] = placed.n_devices
    d_head = getattr(config, "head_dim", None)
    if d_head and d_head != guessed["d_head"]:
        # it takes d_model / n_heads, and what follows from it
        own |= {"d_head": d_head, "attn_scale": -1.0}
        if guessed["rotary_dim"] == guessed["d_head"]:
            own["rotary_dim"] = d_head
    return HookedTransformerConfig.from_dict(own)
