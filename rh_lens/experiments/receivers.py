"""Receivers: where the paths end that are patched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rh_lens.experiments.components import MLP, Logits, stage
from rh_lens.heads import Head, by_layer
from rh_lens.interventions.checks import check_heads
from rh_lens.model.groups import group_size, kv_group
from rh_lens.model.hooks import Model

Inputs = Literal["q", "k", "v"]  # of a head
Site = Literal["q", "k", "v", "mlp", "logits"]
Ends = Sequence[Head] | Sequence[MLP] | Logits
NAMES = {"q": "the queries", "k": "the keys", "v": "the values"}


@dataclass(frozen=True)
class Receivers:
    """Heads at one of their inputs, MLPs, or the logits."""

    site: Site
    parts: tuple[Head | MLP, ...] = ()

    @property
    def stage(self) -> int:
        """When the last of them acts."""
        return max(map(stage, self.parts), default=stage("logits"))

    def places(self, model: Model) -> dict[int, list[int] | slice]:
        """What of each layer's activation at that site is theirs, along its third axis: heads,
        the key-value heads of groups, or all of an MLP."""
        heads = [part for part in self.parts if isinstance(part, Head)]
        if not heads:
            return {part.layer: slice(None) for part in self.parts}
        size = 1 if self.site == "q" else group_size(model)
        return dict(by_layer(Head(head.layer, head.index // size) for head in heads))

    def __repr__(self) -> str:
        if self.site == "logits":
            return "the logits"
        if self.site == "mlp":
            return f"{list(self.parts)}"
        return f"{self.site} of {list(self.parts)}"


def receiving(model: Model, ends: Ends, site: Inputs) -> Receivers:
    """These receivers, once it is sure that the model has them and that they can be reached."""
    if isinstance(ends, str):
        if ends != "logits":
            raise ValueError(f"receivers are heads, MLPs or 'logits', got {ends!r}")
        return Receivers("logits")
    heads = sorted({part for part in ends if isinstance(part, Head)})
    mlps = sorted({part for part in ends if isinstance(part, MLP)})
    if heads and mlps:
        raise ValueError(
            f"receivers are heads or MLPs, got both, {heads} and {mlps}: ask for one, then for "
            "the other"
        )
    if mlps:
        n_layers = int(model.cfg.n_layers)
        if model.cfg.attn_only or not all(0 <= mlp.layer < n_layers for mlp in mlps):
            has = "no MLPs" if model.cfg.attn_only else f"MLP0 to {MLP(n_layers - 1)}"
            raise ValueError(f"{model.cfg.model_name!r} has {has}, got {mlps}")
        return Receivers("mlp", tuple(mlps))
    check_heads(model, by_layer(heads))
    if site != "q":
        _check_groups(model, heads, NAMES[site])
    return Receivers(site, tuple(heads))


def _check_groups(model: Model, heads: Sequence[Head], what: str) -> None:
    for head in heads:
        group = kv_group(model, head)
        missing = [other for other in group if other not in heads]
        if missing:
            raise ValueError(
                f"{what} of {head} are also those of {missing}: name the whole group, "
                f"{group}, such as kv_group(model, {head}) gives"
            )
