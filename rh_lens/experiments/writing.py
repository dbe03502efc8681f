"""What did each part of a model add to the logits of what was said?"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.experiments.shares import biases, told
from rh_lens.model.held_norm import hold
from rh_lens.model.hooks import Model
from rh_lens.model.reread import Reread


class Writing(NamedTuple):
    """The logits of the tokens said, and how much of each came from every part of the model.

    The last part are the biases. `directions` is what a residual stream is measured along, before
    the last norm; NaN where the parts are.
    """

    logit: Float[Tensor, " step"]
    parts: Float[Tensor, "step part"]
    directions: Float[Tensor, "step d_model"]


def writing(model: Model, seen: Reread, said: Int[Tensor, " step"]) -> Writing:
    """Take apart the logit of each token said, after the last norm, its scale held as it was.

    The parts add up to the logit, or are NaN.
    """
    steps = list(range(len(seen.rows)))
    at = [len(seen.positions) - len(steps) + step for step in steps]
    norm = hold(model.ln_final, seen.residual[-1, at].to(model.W_U.dtype))
    said = said.to(seen.logits.device)
    logit = seen.logits[steps, said]
    directions = norm.pull(model.W_U.detach()[:, said].T, steps).float()
    shift = model.unembed(norm.shift[None])[0, steps, said].detach().float()
    n_layers = len(seen.parts.z)
    rest = biases(seen.residual[-1], seen.parts.total(n_layers))
    parts = seen.parts.along(directions, at, n_layers)
    others = directions @ rest + shift
    shares = told(torch.cat([parts, others[:, None]], dim=-1), logit)
    known = ~shares[:, :1].isnan()
    return Writing(logit, shares, directions.where(known, torch.nan))
