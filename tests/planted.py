"""A transformer whose heads are what we say they are: a GPT-2 with weights set by hand.

The residual stream holds four one-hot blocks: the token here, the position, the previous token
(once layer 0 has written it) and the token to say. A feature is a pair of coordinates, +1 and -1,
so that every residual has mean 0 and the same norm, and layer normalisation is one factor for all.
"""

import torch
from transformers import GPT2Config, GPT2LMHeadModel

VOCAB, POSITIONS, D_HEAD, HEADS = 16, 48, 48, 4
BLOCKS = {"token": VOCAB, "position": POSITIONS, "previous": VOCAB, "said": VOCAB}
D_MODEL = 2 * sum(BLOCKS.values())
SHARP = 40.0  # makes the softmax one-hot in float32

BOS, CUE, NEEDLE, FILLER = 0, 1, [2, 3, 4, 5, 6, 7], range(8, 16)
# by construction (layer, head): what the head does
PREVIOUS, SINK, UNIFORM = (0, 0), (0, 1), (0, 2)
INDUCTION, COPY, HALF_COPY, DUPLICATE = (1, 0), (1, 1), (1, 2), (1, 3)


def block(name):
    """[feature, d_model]: how each feature of a block is written into the residual stream."""
    before = list(BLOCKS.values())[: list(BLOCKS).index(name)]
    rows = torch.arange(BLOCKS[name])
    written = torch.zeros(BLOCKS[name], D_MODEL)
    written[rows, 2 * (sum(before) + rows)] = 1
    written[rows, 2 * (sum(before) + rows) + 1] = -1
    return written


def reading(name):
    """[d_model, feature]: how a block is read from the residual stream."""
    return block(name).T / 2


def successor(tokens):
    """[token, token]: 1 where the second follows the first in `tokens`."""
    table = torch.zeros(VOCAB, VOCAB)
    table[tokens[:-1], tokens[1:]] = 1
    return table


@torch.no_grad()
def plant():
    """The model, ready to be saved."""
    config = GPT2Config(
        vocab_size=VOCAB,
        n_positions=POSITIONS,
        n_embd=D_MODEL,
        n_layer=2,
        n_head=HEADS,
        tie_word_embeddings=False,
        bos_token_id=BOS,
        eos_token_id=BOS,
    )
    assert D_MODEL == HEADS * D_HEAD
    model = GPT2LMHeadModel(config)
    for name, weights in model.named_parameters():
        weights.fill_(1.0 if "ln_" in name and name.endswith("weight") else 0.0)
    model.transformer.wte.weight.copy_(block("token"))
    model.transformer.wpe.weight.copy_(block("position"))
    model.lm_head.weight.copy_(block("said"))

    def head(at, query, key, *, always=None, value=None, into=None):
        """Set one head's maps; `always` is added to its query at every position."""
        layer, index = at
        attention = model.transformer.h[layer].attn
        columns = slice(index * D_HEAD, (index + 1) * D_HEAD)
        joint = attention.c_attn.weight.view(D_MODEL, 3, D_MODEL)
        joint[:, 0, columns][:, : query.shape[1]] = SHARP * query
        joint[:, 1, columns][:, : key.shape[1]] = key
        if always is not None:
            attention.c_attn.bias.view(3, D_MODEL)[0, columns] = always
        if value is not None:
            joint[:, 2, columns][:, :VOCAB] = reading(value)
            attention.c_proj.weight[columns][:VOCAB] = block(into)

    token, position = reading("token"), reading("position")
    one_back = torch.diag(torch.ones(POSITIONS - 1), -1)  # position i asks for position i - 1
    one_back[0, 0] = 1
    nothing = torch.zeros(D_MODEL, 1)
    chain, half = [CUE, *NEEDLE], [CUE, *NEEDLE[: len(NEEDLE) // 2]]
    first = torch.zeros(D_HEAD)
    first[0] = SHARP
    early = torch.zeros(D_HEAD)
    early[VOCAB] = 1  # its key falls with the position, so the earliest of equals wins
    earliest_equal = torch.cat([token, -position @ torch.arange(POSITIONS).float()[:, None]], dim=1)

    head(PREVIOUS, position @ one_back, position, value="token", into="previous")
    head(SINK, nothing, position[:, :1], always=first)
    head(UNIFORM, nothing, nothing)
    head(INDUCTION, token, reading("previous"), value="token", into="said")
    head(COPY, token @ successor(chain), token, value="token", into="said")
    head(HALF_COPY, token @ successor(half), token)
    head(DUPLICATE, token, earliest_equal, always=early)
    return model.eval()
