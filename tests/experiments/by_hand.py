"""Three architectures and path patching written out in plain torch, with no hook anywhere."""

from dataclasses import dataclass, field
from functools import cache

import torch
from torch.nn import functional as F


@dataclass
class Changes:
    """What to put in place of what is computed: by layer, a function of what was computed."""

    embeddings: dict = field(default_factory=dict)
    q: dict = field(default_factory=dict)
    k: dict = field(default_factory=dict)
    v: dict = field(default_factory=dict)
    z: dict = field(default_factory=dict)
    mlp: dict = field(default_factory=dict)


def read(model, tokens, changes=None):
    """All that a model computes on the way: lists by layer, and the logits."""
    seen = {name: [] for name in ("embeddings", "q", "k", "v", "z", "mlp", "mlp computed")}

    def put(name, layer, computed):
        change = getattr(changes or Changes(), name).get(layer, lambda same: same)
        seen[name].append(change(computed))
        return seen[name][-1]

    x = put("embeddings", 0, model.embed(tokens))  # pos d_model
    for layer in range(model.n_layers):
        q, k, v = model.attention_input(layer, x)  # pos head d_head
        q, k, v = put("q", layer, q), put("k", layer, k), put("v", layer, v)
        groups = q.shape[1] // k.shape[1]
        k, v = (each.repeat_interleave(groups, dim=1) for each in (model.turned(k), v))
        scores = torch.einsum("qhd,khd->hqk", model.turned(q), k) / q.shape[-1] ** 0.5
        future = torch.ones(scores.shape[1:]).triu(1).bool()
        pattern = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
        z = put("z", layer, torch.einsum("hqk,khd->qhd", pattern, v))
        attended = x + model.attention_output(layer, z.flatten(1))
        mlp = model.mlp(layer, x if model.parallel else attended)
        seen["mlp computed"].append(mlp)
        x = attended + put("mlp", layer, mlp)
    return {**seen, "logits": model.logits(x)}


def turned(x, fraction=1.0, base=10_000.0):
    """Rotary positions on the first part of each head, its halves as real and imaginary parts."""
    rotated, passed = x.split(
        [int(fraction * x.shape[-1]), x.shape[-1] - int(fraction * x.shape[-1])], -1
    )
    half = rotated.shape[-1] // 2
    frequency = base ** (-torch.arange(half) / half)
    angle = (torch.arange(len(x))[:, None] * frequency)[:, None]  # pos 1 half
    real, imaginary = rotated[..., :half], rotated[..., half:]
    return torch.cat(
        [
            real * angle.cos() - imaginary * angle.sin(),
            real * angle.sin() + imaginary * angle.cos(),
            passed,
        ],
        dim=-1,
    )


class Plain:
    """The weights of a Hugging Face model, by their names."""

    parallel = False

    def __init__(self, weights, heads):
        self.w = {name: value.detach() for name, value in weights.named_parameters()}
        self.unembedding = weights.get_output_embeddings().weight.detach()
        self.heads, self.n_layers = heads, weights.config.num_hidden_layers

    def linear(self, name, x):
        return F.linear(x, self.w[f"{name}.weight"], self.w.get(f"{name}.bias"))

    def layer_norm(self, name, x):
        weight, bias = self.w[f"{name}.weight"], self.w[f"{name}.bias"]
        return F.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)

    def turned(self, x):
        return x


class Llama(Plain):
    def norm(self, name, x):
        return x * (x.pow(2).mean(-1, keepdim=True) + 1e-6).rsqrt() * self.w[f"{name}.weight"]

    def embed(self, tokens):
        return self.w["model.embed_tokens.weight"][tokens]

    def attention_input(self, layer, x):
        at = f"model.layers.{layer}"
        x = self.norm(f"{at}.input_layernorm", x)
        q = self.linear(f"{at}.self_attn.q_proj", x).unflatten(1, (self.heads, -1))
        kv = [self.linear(f"{at}.self_attn.{name}_proj", x) for name in "kv"]
        return q, *(each.unflatten(1, (-1, q.shape[-1])) for each in kv)

    def turned(self, x):
        return turned(x)

    def attention_output(self, layer, z):
        return self.linear(f"model.layers.{layer}.self_attn.o_proj", z)

    def mlp(self, layer, x):
        at = f"model.layers.{layer}"
        x = self.norm(f"{at}.post_attention_layernorm", x)
        gate, up = (self.linear(f"{at}.mlp.{name}_proj", x) for name in ("gate", "up"))
        return self.linear(f"{at}.mlp.down_proj", F.silu(gate) * up)

    def logits(self, x):
        return self.norm("model.norm", x) @ self.unembedding.T


class GPT2(Plain):
    def linear(self, name, x):  # its weights are stored the other way round
        return x @ self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def embed(self, tokens):
        return (
            self.w["transformer.wte.weight"][tokens]
            + self.w["transformer.wpe.weight"][: len(tokens)]
        )

    def attention_input(self, layer, x):
        at = f"transformer.h.{layer}"
        joint = self.linear(f"{at}.attn.c_attn", self.layer_norm(f"{at}.ln_1", x))
        return (each.unflatten(1, (self.heads, -1)) for each in joint.chunk(3, dim=1))

    def attention_output(self, layer, z):
        return self.linear(f"transformer.h.{layer}.attn.c_proj", z)

    def mlp(self, layer, x):
        at = f"transformer.h.{layer}"
        inner = self.linear(f"{at}.mlp.c_fc", self.layer_norm(f"{at}.ln_2", x))
        return self.linear(f"{at}.mlp.c_proj", F.gelu(inner, approximate="tanh"))

    def logits(self, x):
        return self.layer_norm("transformer.ln_f", x) @ self.unembedding.T


class NeoX(Plain):
    parallel = True  # its MLPs read what its heads read

    def embed(self, tokens):
        return self.w["gpt_neox.embed_in.weight"][tokens]

    def attention_input(self, layer, x):
        at = f"gpt_neox.layers.{layer}"
        x = self.layer_norm(f"{at}.input_layernorm", x)
        joint = self.linear(f"{at}.attention.query_key_value", x)
        return joint.unflatten(1, (self.heads, -1)).chunk(3, dim=-1)

    def turned(self, x):
        return turned(x, fraction=0.5)

    def attention_output(self, layer, z):
        return self.linear(f"gpt_neox.layers.{layer}.attention.dense", z)

    def mlp(self, layer, x):
        at = f"gpt_neox.layers.{layer}"
        x = self.layer_norm(f"{at}.post_attention_layernorm", x)
        inner = F.gelu(self.linear(f"{at}.mlp.dense_h_to_4h", x))
        return self.linear(f"{at}.mlp.dense_4h_to_h", inner)

    def logits(self, x):
        return self.layer_norm("gpt_neox.final_layer_norm", x) @ self.unembedding.T


def answer_logprob(logits, case):
    """The mean log-probability of the answer's tokens."""
    logprobs = logits[len(case) - 1 :].log_softmax(dim=-1)
    return logprobs[torch.arange(len(case.answer)), case.answer].mean().item()


def told(case):
    return torch.cat([case.tokens, case.answer[:-1]])


@cache
def undisturbed(model, case):
    return read(model, told(case))


def fixed(value):
    return lambda computed: value


def columns(source, own):
    """Put `own` of `source` in the place of what was computed."""

    def put(computed):
        changed = computed.clone()
        changed[:, own] = source[:, own]
        return changed

    return put


def path_effect(model, pair, sender, receivers, site, *, frozen, denoising=False):
    """The effect of one path, straight from the definition.

    `sender`: ("head", layer, index), ("mlp", layer) or ("embeddings",). `receivers`: (layer, index)
    of heads at q, of key-value heads at k and v; (layer,) of MLPs.
    """
    clean, corrupt = (undisturbed(model, case) for case in (pair.clean, pair.corrupt))
    base, source = (corrupt, clean) if denoising else (clean, corrupt)
    tokens = told(pair.corrupt if denoising else pair.clean)
    alone = Changes()
    for layer in range(model.n_layers):
        alone.z[layer] = fixed(base["z"][layer])
        if frozen:
            alone.mlp[layer] = fixed(base["mlp"][layer])
    match sender:
        case "embeddings", *_:
            alone.embeddings[0] = fixed(source["embeddings"][0])
        case "mlp", layer:
            alone.mlp[layer] = fixed(source["mlp"][layer])
        case "head", layer, index:
            alone.z[layer] = fixed(columns(source["z"][layer], [index])(base["z"][layer]))
    arrived = read(model, tokens, alone)
    if site == "logits":
        patched = arrived
    else:
        delivered = Changes()
        for layer in {layer for layer, *_ in receivers}:
            if site == "mlp":
                delivered.mlp[layer] = fixed(arrived["mlp computed"][layer])
            else:
                own = [index for at, index in receivers if at == layer]
                getattr(delivered, site)[layer] = columns(arrived[site][layer], own)
        patched = read(model, tokens, delivered)
    after = answer_logprob(patched["logits"], pair.clean)
    before = answer_logprob(base["logits"], pair.clean)
    return after - before if denoising else before - after
