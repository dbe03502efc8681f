"""One forward pass through the first layers only."""

from jaxtyping import Int
from torch import Tensor, ones_like
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.hooks import Model


def read_up_to(model: Model, tokens: Int[Tensor, "batch pos"], layer: int) -> None:
    """Read texts of one length as far as `layer`, that layer included, for what hooks see there.

    What lies deeper may be left out or not, as the model's class allows.
    """
    read = tokens.to(model.cfg.device)
    if isinstance(model, TransformerBridge):
        model(read, use_cache=False, stop_at_layer=layer + 1)
    else:
        # a mask of its own, without which the padding token would be lost from the text
        model(read, attention_mask=ones_like(read), stop_at_layer=layer + 1)
