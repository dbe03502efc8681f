"""Model: a small Llama, its weights drawn blindly."""

import math

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from training.spelling import SIZE


def blank(seed: int) -> LlamaForCausalLM:
    """Every matrix is Gaussian noise: nothing tells a head where to look or what to copy.

    Embeddings have standard deviation 1, matrices of the layers 1 / sqrt(inputs), the matrix that
    reads out tokens 0.02; norms are 1. With embeddings of 0.02 copying emerges three times later.
    """
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=SIZE,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=32,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_theta": 500_000.0, "rope_type": "default"},
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                weight.normal_(0, 1 / math.sqrt(weight.shape[1]))
        model.model.embed_tokens.weight.normal_(0, 1)
        model.lm_head.weight.normal_(0, 0.02)
    return model
