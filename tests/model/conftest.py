"""Small models of the architectures that matter, random weights, as Hugging Face saves them."""

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

GROUPED = {
    "vocab_size": 40,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "initializer_range": 0.3,  # wide enough that attention is sharp and hardest looks are clear
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
CONFIGS = {
    "llama": LlamaConfig(**GROUPED, rope_parameters=LLAMA3_ROPE),
    "wide-heads": LlamaConfig(**GROUPED, head_dim=16),
    "qwen2": Qwen2Config(**GROUPED),
    "qwen3": Qwen3Config(**GROUPED, head_dim=8),
    "mistral": MistralConfig(**GROUPED, sliding_window=24),
    "gpt2": GPT2Config(
        vocab_size=40, n_embd=64, n_layer=2, n_head=8, n_positions=2048, initializer_range=0.3
    ),
    "neox": GPTNeoXConfig(
        vocab_size=40,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=8,
        max_position_embeddings=2048,
        rotary_pct=0.25,
        initializer_range=0.3,
    ),
}


@pytest.fixture(scope="session", params=CONFIGS)
def folder(request, tmp_path_factory):
    """A saved model of each architecture, without a tokenizer."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[request.param])
    path = tmp_path_factory.mktemp("models") / request.param
    model.save_pretrained(path)
    return path
