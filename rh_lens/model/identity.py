"""What a model is: enough to tell whether two results came from the same one."""

import hashlib
import inspect

import torch
from jaxtyping import Shaped
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.hooks import Model

Identity = dict[str, str | int | bool | None]
CHUNK, PLACES = 1 << 20, 65_521  # bytes summed at once, and weights they are given in turn


def identity(model: Model) -> Identity:
    """Name, class, dtype, processing, size and a checksum of the weights.

    The checksum is a sum of the weights' bits in integers, so it is the same on every device and
    in every order of addition.

    Raises:
        ValueError: A model that cannot be measured: an encoder, one whose weights are not on its
            device, or one with NaN among its weights.
    """
    check(model)
    cfg = model.cfg
    bridge = model if isinstance(model, TransformerBridge) else None
    return {
        "name": str(cfg.model_name),
        "revision": bridge and getattr(bridge.original_model.config, "_commit_hash", None),
        "class": type(model).__name__,
        "dtype": str(cfg.dtype).removeprefix("torch."),
        "normalization": cfg.normalization_type,  # "…Pre": folded into the weights
        "compatibility_mode": bridge and bool(bridge.compatibility_mode),
        "n_layers": int(cfg.n_layers),
        "n_heads": int(cfg.n_heads),
        "n_key_value_heads": int(cfg.n_key_value_heads or cfg.n_heads),
        "weights": _checksum(model),
    }


def check(model: object) -> None:
    """Refuse a model whose heads cannot be watched while it answers."""
    if not isinstance(model, Model):
        raise ValueError(
            f"{type(model).__name__} is not a TransformerLens model: pass a HookedTransformer, a "
            "TransformerBridge, or rh_lens.load(name)"
        )
    if isinstance(model, TransformerBridge):
        kind, reads_back = type(model.original_model).__name__, _has_cache(model)
    else:
        kind, reads_back = type(model).__name__, not _is_encoder(model)
    if not reads_back:
        raise ValueError(
            f"{kind} does not write text from left to right, so it has no answer to copy a needle "
            "into: use a decoder-only language model"
        )
    device = torch.device(model.cfg.device)
    found = {parameter.device.type for _, parameter in model.named_parameters()}
    if "meta" in found:
        raise ValueError(
            f"some weights of {model.cfg.model_name!r} were left on disk, where nobody can tell "
            "whether they are those of an earlier run: load it on more GPUs or in a smaller dtype"
        )
    if found != {device.type}:
        raise ValueError(
            f"{model.cfg.model_name!r} says it is on {device.type!r}, but its weights are on "
            f"{sorted(found)}: move it with model.to({device.type!r})"
        )


def _has_cache(model: TransformerBridge) -> bool:
    return "past_key_values" in inspect.signature(model.original_model.forward).parameters


def _is_encoder(model: Model) -> bool:
    return type(model).__name__ in ("HookedEncoder", "HookedEncoderDecoder", "HookedAudioEncoder")


@torch.no_grad()
def _checksum(model: Model) -> str:
    digest = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        if parameter.is_floating_point() and not bool(parameter.isfinite().all()):
            raise ValueError(
                f"the weights {name!r} of {model.cfg.model_name!r} are not finite: "
                "the file is damaged, or was saved in too small a dtype; load it again"
            )
        digest.update(f"{name} {tuple(parameter.shape)} {_bit_sum(parameter)}".encode())
    return digest.hexdigest()[:16]


def _bit_sum(weights: Shaped[Tensor, "..."]) -> list[int]:
    """Plain and weighted sum of the bits, so that neither a change nor a swap goes unseen.

    Doubles hold both exactly: no sum of a chunk exceeds 255 * PLACES * CHUNK < 2^53.
    """
    bits = weights.detach().flatten().contiguous().view(torch.uint8)
    bits = bits.cpu() if bits.device.type == "mps" else bits  # which has no doubles
    size = min(CHUNK, len(bits))
    places = (torch.arange(1, size + 1, device=bits.device) % PLACES).double()
    weigh = torch.stack([torch.ones_like(places), places])
    sums = [0, 0]
    for chunk in bits.split(max(size, 1)):
        plain, weighted = (weigh[:, : len(chunk)] @ chunk.double()).tolist()
        sums[0] += int(plain)
        sums[1] = (sums[1] * 31 + int(weighted)) % (1 << 61)
    return sums
