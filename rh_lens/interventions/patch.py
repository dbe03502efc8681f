"""Give heads what they gathered in another run."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.interventions.checks import check_model, fingerprint
from rh_lens.interventions.intervention import HeadIntervention, Moment
from rh_lens.model.hooks import Model


@dataclass(frozen=True, eq=False, repr=False)
class Patch(HeadIntervention):
    """Makes query heads write what they wrote in another run, position by position.

    z[pos] = source[layer, pos, head] for each of `heads`: activation patching of head outputs. Both
    runs are one forward pass over equally many tokens.

    Attributes:
        source: Such as `record(model, tokens)`.
    """

    source: Float[Tensor, "layer pos head d_head"]

    site = "z"
    overwrites = True

    def check(self, model: Model, case: Case | None) -> None:
        check_model(model, self.source, "the source of a patch")

    def changed(
        self, own: Float[Tensor, "batch row chosen d_head"], at: Moment
    ) -> Float[Tensor, "row chosen d_head"]:
        length = self.source.shape[1]
        if at.reading != range(length):
            raise ValueError(
                f"a patch of {length} tokens met a forward pass over {len(at.reading)}: run the "
                "whole prompt in one pass, as long as the source, with a metric that does not "
                "generate"
            )
        return self.source[at.layer][at.rows.start : at.rows.stop][:, at.indices]

    def __repr__(self) -> str:
        return (
            f"Patch(heads={self.heads!r}, source={fingerprint(self.source)}, scope={self.scope!r})"
        )
