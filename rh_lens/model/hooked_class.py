"""The class that TransformerLens had before 4, and what loads it; None where there is none."""

__all__ = ["HookedTransformer", "HookedTransformerConfig", "loading_from_pretrained"]

try:
    from transformer_lens import (
        HookedTransformer,
        HookedTransformerConfig,
        loading_from_pretrained,
    )
except ImportError:
    HookedTransformer = HookedTransformerConfig = loading_from_pretrained = None
