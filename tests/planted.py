"""Transformers whose heads are what we say they are: GPT-2s with weights set by hand.

The residual stream holds four one-hot blocks: the token here, the position, the previous token
(once layer 0 has written it) and the token to say. A feature is a pair of coordinates, +1 and -1,
so that every residual has mean 0 and the same norm, and layer normalisation is one factor for all.
"""

from dataclasses import dataclass

import torch
from transformers import GPT2Config, GPT2LMHeadModel

SHARP = 40.0  # makes the softmax one-hot in float32


@dataclass(frozen=True)
class Head:
    """What a head asks for, offers, and carries from one block to another.

    `query` and `key` map the residual stream to features that match; `always` is added to the query
    at every position.
    """

    query: torch.Tensor
    key: torch.Tensor
    always: torch.Tensor | None = None
    carries: tuple[str, str] | None = None


@dataclass(frozen=True)
class Stream:
    """The layout of the residual stream."""

    vocab: int
    positions: int
    n_heads: int
    d_head: int

    @property
    def blocks(self):
        return {
            "token": self.vocab,
            "position": self.positions,
            "previous": self.vocab,
            "said": self.vocab,
        }

    @property
    def d_model(self):
        width = self.n_heads * self.d_head
        assert width >= 2 * sum(self.blocks.values()), "the blocks need a wider model"
        return width

    def block(self, name):
        """[feature, d_model]: how each feature of a block is written."""
        before = sum(list(self.blocks.values())[: list(self.blocks).index(name)])
        rows = torch.arange(self.blocks[name])
        written = torch.zeros(self.blocks[name], self.d_model)
        written[rows, 2 * (before + rows)] = 1
        written[rows, 2 * (before + rows) + 1] = -1
        return written

    def reading(self, name):
        """[d_model, feature]: how a block is read."""
        return self.block(name).T / 2

    def one(self, feature, strength=SHARP):
        """A query for one feature of the key."""
        wanted = torch.zeros(self.d_head)
        wanted[feature] = strength
        return wanted

    def successor(self, tokens):
        """[token, token]: 1 where the second follows the first in `tokens`."""
        table = torch.zeros(self.vocab, self.vocab)
        table[tokens[:-1], tokens[1:]] = 1
        return table

    @torch.no_grad()
    def plant(self, layers):
        """A model with these heads: a list, per layer, of a `Head` per index."""
        config = GPT2Config(
            vocab_size=self.vocab,
            n_positions=self.positions,
            n_embd=self.d_model,
            n_layer=len(layers),
            n_head=self.n_heads,
            tie_word_embeddings=False,
            bos_token_id=0,
            eos_token_id=0,
        )
        model = GPT2LMHeadModel(config)
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if "ln_" in name and name.endswith("weight") else 0.0)
        model.transformer.wte.weight.copy_(self.block("token"))
        model.transformer.wpe.weight.copy_(self.block("position"))
        model.lm_head.weight.copy_(self.block("said"))
        for layer, heads in enumerate(layers):
            attention = model.transformer.h[layer].attn
            joint = attention.c_attn.weight.view(self.d_model, 3, self.d_model)
            scale = (
                self.d_model / (2 * (2 + layer))
            ) ** 0.5  # of layer norm, with so many features
            for index, head in enumerate(heads):
                own = slice(index * self.d_head, (index + 1) * self.d_head)
                joint[:, 0, own][:, : head.query.shape[1]] = SHARP * head.query
                joint[:, 1, own][:, : head.key.shape[1]] = head.key
                if head.always is not None:
                    attention.c_attn.bias.view(3, self.d_model)[0, own] = head.always
                if head.carries is not None:
                    source, target = head.carries
                    joint[:, 2, own][:, : self.vocab] = self.reading(source) / scale
                    attention.c_proj.weight[own][: self.vocab] = self.block(target)
        return model.eval()

    def sink(self):
        return Head(torch.zeros(self.d_model, 1), self.reading("position")[:, :1], self.one(0))

    def uniform(self):
        return Head(torch.zeros(self.d_model, 1), torch.zeros(self.d_model, 1))

    def looking(self, places, **carries):
        """Spreads its attention from position i over `places(i)`, or rests on the first."""
        table = torch.zeros(self.positions, self.positions)
        for position in range(self.positions):
            table[position, list(places(position)) or [0]] = 1
        position = self.reading("position")
        return Head(position, position @ table.T, **carries)

    def previous(self):
        return self.looking(lambda i: range(max(0, i - 1), i), carries=("token", "previous"))

    def induction(self, **carries):
        """Looks at what followed the token here, or rests on the first position."""
        key = torch.cat([self.reading("previous"), self.reading("position")[:, :1]], dim=1)
        return Head(self.reading("token"), key, self.one(self.vocab), **carries)

    def copy(self, chain, **carries):
        """Looks at the token that follows the one here in `chain`, wherever it stands."""
        token = self.reading("token")
        return Head(token @ self.successor(chain), token, **carries)

    def duplicate(self, **carries):
        """Looks at the first occurrence of the token here: keys fall with their position."""
        token, order = self.reading("token"), torch.arange(self.positions).float()[:, None]
        falling = -self.reading("position") @ order
        key = torch.cat([token, falling], dim=1)
        return Head(token, key, self.one(self.vocab, strength=1.0), **carries)
