"""The hook names and tensor layouts of TransformerLens, and a guard against silent hooks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

Hook = tuple[str, Callable[[Tensor], Tensor | None]]


@runtime_checkable
class Model(Protocol):
    """All that rh_lens asks of a model: `HookedTransformer` and `TransformerBridge` have it."""

    @property
    def cfg(self) -> Any: ...
    @property
    def tokenizer(self) -> Any: ...
    @property
    def blocks(self) -> Any: ...
    @property
    def W_E(self) -> Any: ...
    @property
    def W_U(self) -> Any: ...
    @property
    def embed(self) -> Any: ...
    @property
    def ln_final(self) -> Any: ...
    @property
    def unembed(self) -> Any: ...
    def hooks(
        self, fwd_hooks: Sequence[tuple[str, Callable[..., Any]]]
    ) -> AbstractContextManager[Any]: ...
    def all_composition_scores(self, mode: str) -> Any: ...
    def named_parameters(self) -> Iterator[tuple[str, Any]]: ...
    def __call__(self, tokens: Tensor, /, **kwargs: Any) -> Any: ...


def pattern(layer: int) -> str:
    """Where a layer's attention can be read or written: [batch head query pos]."""
    return f"blocks.{layer}.attn.hook_pattern"


def scores(layer: int) -> str:
    """Where a layer's attention stands before the softmax, what a query may not see far below all
    else: [batch head query pos]."""
    return f"blocks.{layer}.attn.hook_attn_scores"


def z(layer: int) -> str:
    """Where what each head of a layer has gathered can be read or written, before W_O makes an
    output of it: [batch pos head d_head]."""
    return f"blocks.{layer}.attn.hook_z"


def q(layer: int) -> str:
    """Where the queries of a layer can be read or written, before any rotation or norm of their
    own: [batch pos head d_head]."""
    return f"blocks.{layer}.attn.hook_q"


def k(layer: int) -> str:
    """Where the keys of a layer can be read or written, as the queries: [batch pos group d_head],
    one for all query heads of a group."""
    return f"blocks.{layer}.attn.hook_k"


def v(layer: int) -> str:
    """Where the values of a layer can be read or written: [batch pos group d_head]."""
    return f"blocks.{layer}.attn.hook_v"


def residual(layer: int) -> str:
    """Where the residual stream can be read or written before a layer, that is the embeddings at
    layer 0: [batch pos d_model]."""
    return f"blocks.{layer}.hook_resid_pre"


def mlp(layer: int) -> str:
    """Where what the MLP of a layer adds to the residual stream can be read or written:
    [batch pos d_model]."""
    return f"blocks.{layer}.hook_mlp_out"


@contextmanager
def hooked(model: Model, hooks: Sequence[Hook]) -> Iterator[None]:
    """Run with `hooks`, and refuse to finish if one of them never fired."""
    silent = {name for name, _ in hooks}
    acting = [(name, partial(_fired, silent, name, act)) for name, act in hooks]
    with model.hooks(fwd_hooks=acting):
        yield
    if silent:
        raise RuntimeError(
            f"the model ran without ever reaching {sorted(silent)}: what was to be seen or changed "
            "there was not, so the run gives no result"
        )


def _fired(
    silent: set[str],
    name: str,
    act: Callable[[Tensor], Tensor | None],
    activation: Tensor,
    hook: object,
) -> Tensor | None:
    silent.discard(name)
    return act(activation)
