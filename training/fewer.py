"""Fewer: of the heads that learnt to copy, the best few go on and the others begin again.

Muon gives every head of a layer an equal share of each update, so all of them learn the same. At
the end of the first stages we keep the `KEPT` heads that attend most to what they copy. The others
lose their output and their query (and the key and value that only they read) and learn at a slower
pace from then on, with the copying already done by others.
"""

from dataclasses import dataclass

import numpy as np
import torch
from transformers import LlamaForCausalLM

from training import samples

KEPT = 3
COPIES = 0.5  # the share of its attention by which a head counts as copying


@torch.no_grad()
def copying(model: LlamaForCausalLM, source: samples.Source, length: int = 128) -> torch.Tensor:
    """The attention of every head to the token that comes next, in repeated random tokens."""
    numbers = np.random.default_rng(0)
    size = length // 2 - 1
    lines = [numbers.choice(source.vocabulary, size, replace=False) for _ in range(16)]
    tokens = torch.tensor(np.stack([np.concatenate([[0], line, line]) for line in lines]))
    model.set_attn_implementation("eager")
    seen = model.model(
        input_ids=tokens.to(model.device), use_cache=False, output_attentions=True
    ).attentions
    model.set_attn_implementation("sdpa")
    # position 1 + size + i holds token i and should attend to token i + 1, at position 2 + i
    return torch.stack(
        [layer.diagonal(1 - size, -2, -1)[..., 2:].mean(dim=(0, -1)) for layer in seen]
    ).cpu()


def beginners(found: torch.Tensor) -> list[tuple[int, int]]:
    """The copying heads but for the best few."""
    order = found.flatten().argsort(descending=True).tolist()
    many = [divmod(at, found.shape[1]) for at in order if found.flatten()[at] >= COPIES]
    return many[KEPT:]


@dataclass(frozen=True)
class Handicap:
    """The parts of the weights that belong to heads which began again."""

    parts: tuple[torch.Tensor, ...]  # views into the parameters

    @classmethod
    def of(cls, model: LlamaForCausalLM, heads: list[tuple[int, int]]) -> "Handicap":
        config = model.config
        size = config.head_dim
        shared = config.num_attention_heads // config.num_key_value_heads
        parts = []
        for layer, index in heads:
            attention = model.model.layers[layer].self_attn
            rows = slice(index * size, (index + 1) * size)
            parts += [attention.o_proj.weight.data[:, rows], attention.q_proj.weight.data[rows]]
            group = index // shared
            mates = [(layer, group * shared + mate) for mate in range(shared)]
            if index % shared == 0 and all(mate in heads for mate in mates):
                both = slice(group * size, (group + 1) * size)
                parts += [attention.k_proj.weight.data[both], attention.v_proj.weight.data[both]]
        return cls(tuple(parts))

    def begin_again(self, model: LlamaForCausalLM) -> None:
        """Blank weights; output matrices, which are narrower than they are high, become zero."""
        draw = torch.Generator().manual_seed(0)
        for part in self.parts:
            if part.shape[0] == model.config.hidden_size:
                part.zero_()
            else:
                noise = torch.randn(part.shape, generator=draw) / part.shape[1] ** 0.5
                part.copy_(noise.to(part))

    def held(self) -> tuple[torch.Tensor, ...]:
        return tuple(part.clone() for part in self.parts)

    def slow(self, before: tuple[torch.Tensor, ...], pace: float) -> None:
        """Undo all but a share of what the last step changed."""
        for part, was in zip(self.parts, before, strict=True):
            part.copy_(was + pace * (part - was))
