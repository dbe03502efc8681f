"""Context: what a model has read so far, ready to read on."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformer_lens import TransformerLensKeyValueCache
from transformer_lens.model_bridge import TransformerBridge
from transformers import DynamicCache

from rh_lens.model.fused import fusable, fused
from rh_lens.model.hooks import Model

CHUNK = 128  # tokens per forward pass of a prefill: bounds an attention pattern to head x 128 x pos
FUSED_FIRST = 16_384  # where there are no patterns: bounds what else grows with the pass
FUSED_LATER = 1024  # after others: these passes need a mask, of FUSED_LATER x pos


class Context(ABC):
    """A KV cache of either TransformerLens class, behind four verbs: read, ask, say, rewind."""

    def __init__(self, model: Model):
        self.model = model
        self.device = torch.device(model.cfg.device)
        self.lowest = 0  # the shortest it was rewound to, since somebody last set this
        self._hurries = False

    @contextmanager
    def hurry(self) -> Iterator[bool]:
        """Run a block of `read` and `say` at full speed, where nobody watches and it is safe; gives
        whether that is so. What they prepare for themselves, a block around many prepares once."""
        if self._hurries or not fusable(self.model):
            yield self._hurries
            return
        with fused(self.model):
            self._hurries = True
            try:
                yield True
            finally:
                self._hurries = False

    @torch.no_grad()
    def read(self, tokens: Int[Tensor, " pos"]) -> None:
        """Take in a text, without asking what comes next."""
        if len(tokens):
            self._read(tokens)

    @torch.no_grad()
    def ask(self, tokens: Int[Tensor, " pos"]) -> Float[Tensor, " vocab"]:
        """Take in a text, and give the logits of what comes after it."""
        return self._finite(self._read(tokens))

    def _read(self, tokens: Int[Tensor, " pos"]) -> Float[Tensor, " vocab"]:
        rest = tokens
        with self.hurry() as fast:
            while len(rest):
                chunk = CHUNK if not fast else FUSED_LATER if len(self) else FUSED_FIRST
                last = self.forward(rest[:chunk], every=False)
                rest = rest[chunk:]
        return last[0]

    @torch.no_grad()
    def read_each(self, rests: Int[Tensor, "text pos"]) -> list["Context"]:
        """Go on with several texts of one length, all in the same passes: a context for each. This
        one stays as it is."""
        count, more = rests.shape
        self._check_room(more)
        whole = self._change(lambda held: held.expand(count, *held.shape[1:]))
        with whole.hurry() as fast:
            chunk = min(FUSED_LATER, FUSED_FIRST // count) if fast else CHUNK // count
            for piece in rests.split(max(chunk, 1), dim=1):
                whole._forward(piece.to(self.device), every=False)
        return [whole._change(partial(_row, text)) for text in range(count)]

    @torch.no_grad()
    def say(self, tokens: Int[Tensor, " pos"]) -> Float[Tensor, "pos vocab"]:
        """Take in a few tokens, and give the logits of what comes after each."""
        with self.hurry():
            return self._finite(self.forward(tokens, every=True))

    def _finite(self, logits: Tensor) -> Tensor:
        if not bool(logits.isfinite().all()):
            raise ValueError(
                f"the logits of {self.model.cfg.model_name!r} are not finite: look for NaN in its "
                "weights, or load it with dtype=torch.float32"
            )
        return logits

    def forward(self, tokens: Int[Tensor, " pos"], *, every: bool) -> Float[Tensor, "asked vocab"]:
        """One pass over `tokens`, all attention patterns [1 head pos len(self)]; the logits after
        every one of them, or after the last."""
        self._check_room(len(tokens))
        return self._forward(tokens[None].to(self.device), every=every)[0]

    def _check_room(self, more: int) -> None:
        longest = self.model.cfg.n_ctx
        if len(self) + more > longest:
            raise ValueError(
                f"prompt and answer need {len(self) + more} tokens, but "
                f"{self.model.cfg.model_name!r} reads at most {longest}: ask for shorter lengths"
            )

    @abstractmethod
    def _forward(
        self, tokens: Int[Tensor, "text pos"], *, every: bool
    ) -> Float[Tensor, "text asked vocab"]: ...

    @abstractmethod
    def values(self, layer: int) -> Float[Tensor, "pos group d_head"]:
        """What each token read so far would give to those that look at it, by key-value head."""

    def rewind(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self.lowest = min(self.lowest, length)
        if len(self) > length:
            self._rewind(length)

    @abstractmethod
    def _rewind(self, length: int) -> None: ...

    @abstractmethod
    def _change(self, change: Callable[[Tensor], Tensor]) -> "Context":
        """Another context, whose keys and values come of a change of these."""

    @abstractmethod
    def __len__(self) -> int: ...


class HookedContext(Context):
    """The cache of a `HookedTransformer`."""

    def __init__(self, model: Model):
        super().__init__(model)
        self.cache = TransformerLensKeyValueCache.init_cache(model.cfg, self.device, 1)

    def _forward(
        self, tokens: Int[Tensor, "text pos"], *, every: bool
    ) -> Float[Tensor, "text asked vocab"]:
        # without a mask of its own, a chunk that holds the padding token loses that token
        mask = torch.ones_like(tokens)
        run = partial(self.model, tokens, past_kv_cache=self.cache, attention_mask=mask)
        top = None if every else self.model.cfg.n_layers
        said: Tensor = run(stop_at_layer=top)
        return said if every else self.model(said[:, -1:], start_at_layer=top)

    def values(self, layer: int) -> Float[Tensor, "pos group d_head"]:
        return self.cache.entries[layer].past_values[0]

    def _rewind(self, length: int) -> None:
        for entry in self.cache.entries:
            entry.past_keys = entry.past_keys[:, :length]
            entry.past_values = entry.past_values[:, :length]
        self.cache.previous_attention_mask = self.cache.previous_attention_mask[:, :length]

    def _change(self, change: Callable[[Tensor], Tensor]) -> "HookedContext":
        other = HookedContext(self.model)
        for own, its in zip(self.cache.entries, other.cache.entries, strict=True):
            its.past_keys, its.past_values = change(own.past_keys), change(own.past_values)
        other.cache.previous_attention_mask = change(self.cache.previous_attention_mask)
        return other

    def __len__(self) -> int:
        return int(self.cache.entries[0].past_keys.shape[1])


class BridgeContext(Context):
    """The cache of a `TransformerBridge`."""

    def __init__(self, model: TransformerBridge):
        super().__init__(model)
        # no config: with one, sliding-window layers would drop keys, and columns lose their place
        self.cache = DynamicCache()
        keeps = "logits_to_keep" in inspect.signature(model.original_model.forward).parameters
        self.unasked = {"logits_to_keep": 1} if keeps else {}

    def _forward(
        self, tokens: Int[Tensor, "text pos"], *, every: bool
    ) -> Float[Tensor, "text asked vocab"]:
        keep = {} if every else self.unasked
        said = self.model(tokens, past_key_values=self.cache, use_cache=True, **keep)
        logits = getattr(said, "logits", said)  # an attribute where Hugging Face is in a hurry
        return logits if every else logits[:, -1:]

    def values(self, layer: int) -> Float[Tensor, "pos group d_head"]:
        return self.cache.layers[layer].values[0].transpose(0, 1)

    def _rewind(self, length: int) -> None:
        self.cache.crop(length - len(self))

    def _change(self, change: Callable[[Tensor], Tensor]) -> "BridgeContext":
        other = BridgeContext(self.model)
        if len(self):
            for layer, held in enumerate(self.cache.layers):
                other.cache.update(change(held.keys), change(held.values), layer)
        return other

    def __len__(self) -> int:
        return int(self.cache.get_seq_length())


def _row(row: int, held: Tensor) -> Tensor:
    return held[row : row + 1]


def empty(model: Model) -> Context:
    """A context in which nothing has been read."""
    return BridgeContext(model) if isinstance(model, TransformerBridge) else HookedContext(model)
