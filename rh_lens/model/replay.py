"""Replay a reply in one short forward pass, and watch the attention behind it."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.hooks import Hook, Model, hooked, pattern
from rh_lens.model.reply import Reply, prefill

Watch = Callable[[int, Float[Tensor, "head row pos"]], None]


@torch.no_grad()
def replay(model: Model, reply: Reply, rows: range, watch: Watch) -> None:
    """Call `watch(layer, pattern)` for each layer, with the attention of the positions in `rows`.

    Row `i` of a pattern is where each head looked from position `rows[i]` of prompt and reply; the
    row of the prompt's last token is the one that said the reply's first. Patterns are float32.
    """
    case = reply.case
    said = torch.cat([case.tokens, reply.tokens.to(case.tokens)])
    if not 0 <= rows.start < rows.stop <= len(said):
        raise ValueError(f"rows {rows} lie outside the {len(said)} tokens of prompt and reply")

    def watching(layer: int) -> Hook:
        return pattern(layer), lambda rows: watch(layer, rows[0].float())

    context = reply.context or prefill(model, case)
    context.rewind(min(len(context), rows.start))
    context.read(said[len(context) : rows.start])
    with hooked(model, [watching(layer) for layer in range(model.cfg.n_layers)]):
        context.forward(said[rows.start : rows.stop], logits=False)
    context.rewind(min(len(context), len(case) - 1))
    context.read(said[len(context) : len(case) - 1])
