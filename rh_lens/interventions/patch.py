"""Give heads what they gathered in another run."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from rh_lens.heads import Head
from rh_lens.interventions.intervention import Intervention
from rh_lens.interventions.rewrite import check_model, fingerprint, rewrite
from rh_lens.model.hooks import Hook, Model


@dataclass(frozen=True, eq=False, repr=False)
class Patch(Intervention):
    """Makes query heads write what they wrote in another run, position by position.

    z[pos] = source[layer, pos, head] for each of `heads` at every position: activation patching of
    head outputs. Both runs are one forward pass over equally many tokens.

    Attributes:
        source: Such as `record(model, tokens)`.
    """

    heads: Sequence[Head]
    source: Float[Tensor, "layer pos head d_head"]

    def hooks(self, model: Model) -> list[Hook]:
        check_model(model, self.source, "the source of a patch")
        length = self.source.shape[1]

        def patched(
            layer: int, indices: list[int], z: Float[Tensor, "batch pos chosen d_head"]
        ) -> Float[Tensor, "pos chosen d_head"]:
            if z.shape[1] != length:
                raise ValueError(
                    f"a patch of {length} tokens met a forward pass over {z.shape[1]}: run the "
                    "whole prompt in one pass, as long as the source, with a metric that does not "
                    "generate"
                )
            return self.source[layer][:, indices]

        return rewrite(model, self.heads, patched)

    def __repr__(self) -> str:
        return f"Patch(heads={self.heads!r}, source={fingerprint(self.source)})"
