"""One forward pass over whole texts, such as patching needs."""

import inspect

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge

from rh_lens.model.hooks import Model


def forward(
    model: Model, tokens: Int[Tensor, "batch pos"], rows: range
) -> Float[Tensor, "batch row vocab"]:
    """The logits of what comes after each of `rows`, in texts of one length, read at once.

    Hooks see every position of every text in a single pass. Gradients flow, unless under
    `torch.no_grad()`. Memory grows with the square of the texts' length.
    """
    length = tokens.shape[1]
    if not 0 <= rows.start < rows.stop <= length:
        raise ValueError(f"rows {rows} lie outside the {length} tokens: ask for rows among them")
    if length > model.cfg.n_ctx:
        raise ValueError(
            f"prompt and answer need {length} tokens, but {model.cfg.model_name!r} reads at most "
            f"{model.cfg.n_ctx}: ask for shorter lengths"
        )
    read = tokens.to(model.cfg.device)
    if isinstance(model, TransformerBridge):
        logits = _of_bridge(model, read, rows)
    else:
        # a mask of its own, without which the padding token would be lost from the text
        last = model(read, attention_mask=torch.ones_like(read), stop_at_layer=model.cfg.n_layers)
        logits = model.unembed(model.ln_final(last[:, rows.start : rows.stop]))
    if not bool(logits.isfinite().all()):
        raise ValueError(
            f"the logits of {model.cfg.model_name!r} are not finite: look for NaN in its "
            "weights, or load it with dtype=torch.float32"
        )
    return logits.float()


def _of_bridge(
    model: TransformerBridge, tokens: Int[Tensor, "batch pos"], rows: range
) -> Float[Tensor, "batch row vocab"]:
    keeps = "logits_to_keep" in inspect.signature(model.original_model.forward).parameters
    if not keeps:
        return model(tokens, use_cache=False)[:, rows.start : rows.stop]
    wanted = torch.arange(rows.start, rows.stop, device=tokens.device)
    return model(tokens, use_cache=False, logits_to_keep=wanted)
