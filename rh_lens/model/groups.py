"""Which query heads share their keys and values."""

from rh_lens.heads import Head
from rh_lens.model.hooks import Model


def kv_group(model: Model, head: Head) -> list[Head]:
    """All query heads that look through the same keys and values as this one, itself among them.

    Under grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) a key or a value belongs
    to its whole group, so only a group can be given others. Elsewhere a head is its own group.
    """
    n_layers, n_heads = int(model.cfg.n_layers), int(model.cfg.n_heads)
    layer, index = head
    if not (0 <= layer < n_layers and 0 <= index < n_heads):
        raise ValueError(
            f"{model.cfg.model_name!r} has {n_layers} layers of {n_heads} heads, got "
            f"{Head(layer, index)}: choose among L0H0 to {Head(n_layers - 1, n_heads - 1)}"
        )
    size = group_size(model)
    first = index // size * size
    return [Head(layer, other) for other in range(first, first + size)]


def group_size(model: Model) -> int:
    """How many query heads share a key-value head."""
    n_heads = int(model.cfg.n_heads)
    return n_heads // int(model.cfg.n_key_value_heads or n_heads)
