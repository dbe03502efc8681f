"""Where in a text the tokens of a forward pass stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformer_lens.cache.key_value_cache_entry import TransformerLensKeyValueCacheEntry
from transformers import Cache

from rh_lens.model.hooks import Hook, Model, pattern


@dataclass(eq=False)
class Place:
    """How many tokens had been read before the forward pass that is running."""

    start: int = 0

    def entered(self, arguments: dict[str, Any]) -> None:
        """The first layer begins: its KV cache tells."""
        self.start = sum(map(_read, arguments.values()))

    def rows(self, count: int) -> range:
        """The positions of the `count` tokens of the pass."""
        return range(self.start, self.start + count)

    def attended(self, seen: Tensor) -> None:
        """The first layer attends: its pattern must say the same."""
        n_new, total = seen.shape[-2:]
        if self.start != total - n_new:
            raise RuntimeError(
                f"the model reads {n_new} tokens after {total - n_new} others, and its cache says "
                f"after {self.start}: an intervention cannot tell where to act in this model"
            )


def _read(argument: object) -> int:
    """How many tokens a KV cache holds; architectures call that argument by many names."""
    if isinstance(argument, Cache):
        return int(argument.get_seq_length(0))
    if isinstance(argument, TransformerLensKeyValueCacheEntry):
        return int(argument.past_keys.shape[1])
    return 0


@contextmanager
def placed(model: Model) -> Iterator[tuple[Place, Hook]]:
    """Follow where each forward pass stands; the hook that comes with it is to be installed."""
    place = Place()
    handle = model.blocks[0].attn.register_forward_pre_hook(
        lambda _, args, arguments: place.entered(arguments), with_kwargs=True
    )
    try:
        yield place, (pattern(0), place.attended)
    finally:
        handle.remove()
