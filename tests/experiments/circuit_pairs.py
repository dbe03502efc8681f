"""Pairs on the planted models, with their cue marked, and on small random ones."""

from dataclasses import replace

import pandas as pd
import torch
from interventions.circuits import CASE, OTHER_ANSWER, OTHER_CUE
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

import rh_lens as rh
from rh_lens.cases.pair import Pair

CUE_AT = CASE.needle.start - 1
MARKED = {"cue": (range(CUE_AT, CUE_AT + 1),)}


def marked(pair):
    return Pair(replace(pair.clean, spans=MARKED), replace(pair.corrupt, spans=MARKED))


ANSWER, CUE = marked(OTHER_ANSWER), marked(OTHER_CUE)


def rank_correlation(one, other):
    """Spearman's, over all heads or layers and spans that both measured."""
    ranked = pd.DataFrame({"one": one.flatten(), "other": other.flatten()}).dropna().rank()
    return ranked.corr().loc["one", "other"]


GROUPED = LlamaConfig(
    vocab_size=40,
    hidden_size=32,
    intermediate_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    initializer_range=0.3,
    bos_token_id=0,
    eos_token_id=1,
)
UNGROUPED = GPT2Config(
    vocab_size=40, n_embd=32, n_layer=2, n_head=4, n_positions=64, initializer_range=0.2
)


def random_model(config, kind, folder):
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return rh.load(folder, kind=kind)


@torch.no_grad()
def pair_on(model, *, seed=0):
    """Two texts that differ in one token, and what of the next one they differ in most."""
    text = torch.randint(2, 40, (12,), generator=torch.Generator().manual_seed(seed))
    other = text.clone()
    other[4] = (text[4] + 7) % 38 + 2
    turned = model(text[None])[0, -1] - model(other[None])[0, -1]
    right, wrong = turned.argmax().cpu()[None], turned.argmin().cpu()[None]
    spans = {"cue": (range(3, 4),), "question": (range(7, 9),)}
    clean = rh.Case(text, right, range(4, 5), spans=spans, rival=wrong)
    return Pair(clean, replace(clean, tokens=other, needle=range(0)))
