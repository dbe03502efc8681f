"""What every part of a model put into its residual stream."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.model.hooks import Model


@dataclass(frozen=True, eq=False)
class Parts:
    """The outputs of the embeddings, of every head and of every MLP, at some positions.

    The heads' outputs are told by what they gathered, to which W_O is yet to be applied. A model
    without MLPs has none, not zeros.
    """

    model: Model
    embeddings: Float[Tensor, "pos d_model"]
    z: Float[Tensor, "layer pos head d_head"]
    mlp: Float[Tensor, "mlps pos d_model"]

    def along(
        self, directions: Float[Tensor, "n d_model"], at: list[int], layers: int
    ) -> Float[Tensor, "n part"]:
        """How far each part goes along each direction, taken at a place in `at`: embeddings, heads
        of layer 0, MLP of layer 0, heads of layer 1, … The parts of the first `layers` layers
        alone; the others, which come too late, 0."""
        found = [(self.embeddings[at] * directions).sum(dim=-1, keepdim=True)]
        for layer, z in enumerate(self.z):
            late = float(layer < layers)
            wanted = torch.einsum("hdm,nm->nhd", self._output(layer), directions)
            found.append(late * (z[at] * wanted).sum(dim=-1))
            if len(self.mlp):
                found.append(late * (self.mlp[layer, at] * directions).sum(dim=-1, keepdim=True))
        return torch.cat(found, dim=-1)

    def total(self, layers: int) -> Float[Tensor, "pos d_model"]:
        """All that the parts of the first `layers` layers put there: the residual stream but for
        the biases of the attention outputs."""
        total = self.embeddings + self.mlp[:layers].sum(dim=0)
        for layer, z in enumerate(self.z[:layers]):
            total = total + torch.einsum("phd,hdm->pm", z, self._output(layer))
        return total

    def _output(self, layer: int) -> Float[Tensor, "head d_head d_model"]:
        return self.model.blocks[layer].attn.W_O.detach().to(self.embeddings)
