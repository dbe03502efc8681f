"""Let one component write as in another run, and all others as in this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.experiments.components import MLP, Component, stage
from rh_lens.heads import Head
from rh_lens.metrics import told_answer
from rh_lens.model import hooks
from rh_lens.model.forward import forward
from rh_lens.model.hooks import Hook, Model
from rh_lens.model.record import recording

Between = Literal["recomputed", "frozen"]  # what MLPs do on the way from sender to receivers


@dataclass(frozen=True, eq=False)
class Run:
    """A prompt with its answer, read undisturbed: what each component wrote, and what was said.

    `mlp` has no layers if the model has no MLPs.
    """

    z: Float[Tensor, "layer pos head d_head"]
    mlp: Float[Tensor, "mlps pos d_model"]
    embeddings: Float[Tensor, "pos d_model"]
    logits: Float[Tensor, "answer vocab"]

    def of(self, part: Component) -> Float[Tensor, "pos width"]:
        """What one component wrote: of a head its z, which W_O makes its output of."""
        if isinstance(part, Head):
            return self.z[part.layer, :, part.index]
        return self.mlp[part.layer] if isinstance(part, MLP) else self.embeddings


def observe(model: Model, case: Case) -> Run:
    """Read a prompt and its right answer, in one pass."""
    told, rows = told_answer(case)
    with recording(model, "z", "residual", *(() if model.cfg.attn_only else ("mlp",))) as seen:
        logits = forward(model, told[None], rows)[0]
    embeddings = seen.of("residual")[0]
    mlp = embeddings.new_empty(0, *embeddings.shape) if model.cfg.attn_only else seen.of("mlp")
    return Run(seen.of("z"), mlp, embeddings, logits)


def lone_senders(
    base: Run, source: Run, senders: Sequence[Component], *, mlps: Between, end: int
) -> list[Hook]:
    """Hooks under which the sender of each text of a batch writes what it wrote in `source`, and
    all other heads what they wrote in `base`.

    Other MLPs write what follows from that, or, if they are frozen, what they wrote in `base`.

    Args:
        senders: One for each text.
        end: The stage up to which to hold them, that excluded.
    """
    layers = range(len(base.z))
    return [
        *([_embeddings(source, senders)] if "embeddings" in senders else []),
        *[_heads(base, source, senders, at) for at in layers if stage(Head(at, 0)) < end],
        *[
            _mlp(base if mlps == "frozen" else None, source, senders, at)
            for at in range(len(base.mlp))
            if stage(MLP(at)) < end and (mlps == "frozen" or MLP(at) in senders)
        ],
    ]


def _embeddings(source: Run, senders: Sequence[Component]) -> Hook:
    texts = [text for text, part in enumerate(senders) if part == "embeddings"]
    return hooks.residual(0), partial(_sending, texts, source.embeddings)


def _heads(base: Run, source: Run, senders: Sequence[Component], layer: int) -> Hook:
    heads = [part if isinstance(part, Head) else None for part in senders]
    texts = [text for text, head in enumerate(heads) if head and head.layer == layer]
    own = [head.index for head in heads if head and head.layer == layer]
    return hooks.z(layer), partial(_heads_sending, texts, own, base.z[layer], source.z[layer])


def _mlp(base: Run | None, source: Run, senders: Sequence[Component], layer: int) -> Hook:
    texts = [text for text, part in enumerate(senders) if part == MLP(layer)]
    held = None if base is None else base.mlp[layer]
    return hooks.mlp(layer), partial(_sending, texts, source.mlp[layer], held=held)


def _heads_sending(
    texts: list[int],
    own: list[int],
    held: Float[Tensor, "pos head d_head"],
    sent: Float[Tensor, "pos head d_head"],
    z: Float[Tensor, "batch pos head d_head"],
) -> Float[Tensor, "batch pos head d_head"]:
    changed = held.expand_as(z).clone()
    changed[texts, :, own] = sent[:, own].transpose(0, 1)  # text pos d_head
    return changed


def _sending(
    texts: list[int],
    sent: Float[Tensor, "pos d_model"],
    written: Float[Tensor, "batch pos d_model"],
    *,
    held: Float[Tensor, "pos d_model"] | None = None,
) -> Float[Tensor, "batch pos d_model"]:
    changed = (written if held is None else held.expand_as(written)).clone()
    changed[texts] = sent
    return changed
