"""Placement: on which devices the weights of a model go."""

from dataclasses import dataclass
from typing import Any

import torch
from transformer_lens.utilities.multi_gpu import resolve_device_map

from rh_lens.model.launch import own_gpu

DeviceMap = str | dict[str, str | int]


@dataclass(frozen=True)
class Placement:
    """One device; or several GPUs that share the layers; or what a map of Hugging Face's says."""

    device: torch.device
    n_devices: int = 1
    device_map: DeviceMap | None = None

    @classmethod
    def of(
        cls,
        kind: str,
        device: str | torch.device | None,
        n_devices: int,
        device_map: DeviceMap | None,
    ) -> "Placement":
        """What a user asked for, if it can be had."""
        split = device_map is not None or n_devices != 1
        if (split and device is not None) or (device_map is not None and n_devices != 1):
            raise ValueError(
                f"got device={device!r}, n_devices={n_devices} and device_map={device_map!r}: "
                "each says where the weights go, so give one of them"
            )
        if device_map is not None and kind == "hooked":
            raise ValueError(
                "a HookedTransformer takes no device_map: give n_devices, or use kind='bridge'"
            )
        gpus = torch.cuda.device_count()
        if n_devices < 1 or n_devices > max(gpus, 1):
            raise ValueError(f"n_devices is {n_devices}, but there are {gpus} GPUs here")
        return cls(_usable(device or _usual()), n_devices, device_map)

    @property
    def split(self) -> bool:
        """Whether weights go to more than one device, or may."""
        return self.n_devices > 1 or self.device_map is not None

    def for_bridge(self) -> dict[str, Any]:
        """For `TransformerBridge.boot_transformers`."""
        if self.device_map is not None:
            return {"device_map": self.device_map}
        return {"n_devices": self.n_devices} if self.split else {"device": self.device}

    def for_hooked(self) -> dict[str, Any]:
        """For `HookedTransformer.from_pretrained`."""
        return {"device": self.device, **({"n_devices": self.n_devices} if self.split else {})}

    def for_weights(self) -> dict[str, Any]:
        """For `from_pretrained` of Hugging Face; empty where it is to load to the CPU."""
        if not self.split:
            return {}
        device_map, max_memory = resolve_device_map(self.n_devices, self.device_map, None)
        return {"device_map": device_map, "max_memory": max_memory}


def _usual() -> str:
    return own_gpu(torch.cuda.device_count()) if torch.cuda.is_available() else "cpu"


def _usable(device: str | torch.device) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"the device {str(device)!r} cannot be used here: name another, such as 'cpu' ({error})"
        ) from error
