"""Watch a model while somebody else's code runs it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.hooks import Hook, Model, hooked, pattern


@dataclass(eq=False)
class Sighting:
    """What a model read after a case's prompt, and where its heads looked from there.

    Attributes:
        tokens: Prompt and answer, as far as they were read. The latest answer counts.
        rows: By layer and position, for positions from `first` on.
        likeliest: What the last row would say, which a greedy loop says without feeding it back.
    """

    case: Case
    first: int
    tokens: list[int] = field(default_factory=list)
    rows: dict[tuple[int, int], Float[Tensor, "head pos"]] = field(default_factory=dict)
    likeliest: int | None = None
    _current: list[int] = field(default_factory=list)  # what the model is reading, on case or not
    _chunk: list[int] = field(default_factory=list)

    def embedded(self, tokens: Int[Tensor, "batch pos"]) -> None:
        if tokens.shape[0] != 1:
            raise ValueError(
                f"watching follows one sequence, but the model was given {tokens.shape[0]}: "
                "generate one at a time"
            )
        self._chunk = tokens[0].tolist()

    def attended(self, layer: int, rows: Float[Tensor, "1 head query pos"]) -> None:
        n_new, total = rows.shape[2:]
        known = total - n_new
        if layer == 0:
            # `HookedTransformer.generate` keeps its embeddings, and embeds only what is new
            self._current = self._current[: total - len(self._chunk)] + self._chunk
            if self._on_case():
                self._follow()
        if self._on_case():
            for position in range(max(known, self.first), total):
                row = rows[0, :, position - known, : position + 1]
                self.rows[layer, position] = row.detach().float().cpu()

    def unembedded(self, logits: Float[Tensor, "1 pos vocab"]) -> None:
        if self._on_case():
            self.likeliest = int(logits[0, -1].argmax())

    def _on_case(self) -> bool:
        prompt = self.case.tokens.tolist()
        length = min(len(prompt), len(self._current))
        return self._current[:length] == prompt[:length]

    def _follow(self) -> None:
        """Take up what is being read; forget rows of an earlier answer that went otherwise."""
        same = zip(self._current, self.tokens, strict=False)
        kept = next((i for i, (new, old) in enumerate(same) if new != old), len(self._current))
        self.tokens = list(self._current)
        self.rows = {at: row for at, row in self.rows.items() if at[1] < kept}


@contextmanager
def watch(model: Model, case: Case, first: int) -> Iterator[Sighting]:
    """Keep the attention rows from position `first` on, of whatever continues the case's prompt."""
    seen = Sighting(case, first)

    def rows_of(layer: int) -> Hook:
        return pattern(layer), lambda rows: seen.attended(layer, rows)

    handles = [
        model.embed.register_forward_pre_hook(lambda _, args: seen.embedded(args[0])),
        model.unembed.register_forward_hook(lambda _, args, logits: seen.unembedded(logits)),
    ]
    try:
        with hooked(model, [rows_of(layer) for layer in range(model.cfg.n_layers)]):
            yield seen
    finally:
        for handle in handles:
            handle.remove()


def stacked(seen: Sighting, layer: int, rows: Sequence[int]) -> Float[Tensor, "head step pos"]:
    """The kept rows of one layer, as a replay would give them: zeros where a row could not look."""
    found = [seen.rows[layer, position] for position in rows]
    width = max(row.shape[-1] for row in found)
    return torch.stack(
        [torch.nn.functional.pad(row, (0, width - row.shape[-1])) for row in found], dim=1
    )
