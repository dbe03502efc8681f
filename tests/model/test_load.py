"""Loading, and telling models apart."""

import shutil
from importlib.metadata import version
from inspect import unwrap

import pytest
import torch
from accelerate import dispatch_model
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.sources import build_bridge_from_module
from transformers import AutoModelForCausalLM, BertConfig, BertForMaskedLM

import rh_lens as rh
from rh_lens.model.identity import check, identity
from rh_lens.model.placement import Placement


@pytest.fixture(scope="module")
def bundled(organism):
    return rh.model.load.files("rh_lens") / "organism"


def test_without_a_name_the_bundled_model_comes_with_its_tokenizer(organisms, kind):
    assert organisms.cfg.model_name == "organism"
    assert organisms.tokenizer.decode(organisms.tokenizer.encode("a needle")[1:]) == "a needle"


def test_a_folder_gives_the_logits_of_hugging_face(folder, kind):
    tokens = torch.arange(2, 30)[None]
    with torch.inference_mode():
        expected = AutoModelForCausalLM.from_pretrained(folder)(tokens).logits
        got = rh.load(str(folder), kind=kind)(tokens)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["my-llama-2-7b", "bert-like", "gemma-2-of-mine"])
def test_the_name_of_a_folder_does_not_decide_its_architecture(bundled, kind, name, tmp_path):
    shutil.copytree(bundled, tmp_path / name)
    model = rh.load(tmp_path / name, kind=kind)
    assert (model.cfg.n_layers, model.cfg.n_heads, model.cfg.d_head) == (4, 8, 32)
    assert model.cfg.model_name == name


def test_dtype_by_name_and_by_value(kind):
    for dtype in ("bfloat16", torch.bfloat16):
        model = rh.load(kind=kind, dtype=dtype)
        assert {weights.dtype for weights in model.parameters()} == {torch.bfloat16}
        assert identity(model)["dtype"] == "bfloat16"


def test_bfloat16_ranks_the_same_top_heads(kind, organisms, tokenizer):
    prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    needles = [needle for needle in rh.needles() if needle.kind in ("date", "name")]
    cases = rh.niah(tokenizer, needles, rh.Haystack(), [256], [0, 1], prompt=prompt)
    full = rh.score_heads(organisms, cases, rh.RetrievalScore())
    half = rh.score_heads(rh.load(kind=kind, dtype="bfloat16"), cases, rh.RetrievalScore())
    assert half.top(3) == full.top(3)
    torch.testing.assert_close(half.mean, full.mean, atol=0.05, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "encoder"}, "it can be 'bridge' or 'hooked'"),
        ({"dtype": "int8"}, "it can be 'float32', 'bfloat16' or 'float16'"),
        ({"device": "cpu", "device_map": "auto"}, "each says where the weights go"),
        ({"n_devices": 2, "device_map": "auto"}, "each says where the weights go"),
        ({"n_devices": 0}, "n_devices is 0"),
        ({"device": "abacus"}, "the device 'abacus' cannot be used here"),
        ({"name": "./nowhere"}, "there is no model folder at './nowhere'"),
    ],
)
def test_what_cannot_be_loaded_says_what_can(arguments, message):
    with pytest.raises(ValueError, match=message):
        unwrap(rh.load)(**arguments)  # without the type checks that only tests have


def test_damaged_weights_are_told_from_a_missing_model(bundled, tmp_path):
    shutil.copytree(bundled, tmp_path / "half")
    weights = tmp_path / "half" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match="are damaged: copy the folder again"):
        rh.load(tmp_path / "half")


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(ValueError, match=r"holds no config\.json"):
        rh.load(tmp_path)


def test_hooked_is_refused_where_transformer_lens_has_none(monkeypatch):
    monkeypatch.setattr("rh_lens.model.load.HookedTransformer", None)
    with pytest.raises(ValueError, match="has no HookedTransformer: use kind='bridge'"):
        rh.load(kind="hooked")


def test_a_folder_with_an_encoder_is_refused(tmp_path):
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertForMaskedLM(BertConfig(**sizes, intermediate_size=16)).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="BertForMaskedLM, which does not write text"):
        rh.load(tmp_path)


def test_a_name_goes_to_the_installed_transformer_lens(monkeypatch, kind):
    asked = []
    owner, method = {
        "bridge": ("TransformerBridge", "boot_transformers"),
        "hooked": ("HookedTransformer", "from_pretrained_no_processing"),
    }[kind]
    taking_notes = staticmethod(lambda *args, **kwargs: asked.append((args, kwargs)))
    monkeypatch.setattr(f"rh_lens.model.load.{owner}.{method}", taking_notes)
    rh.load("Qwen/Qwen2.5-0.5B", kind=kind, device="cpu", dtype="bfloat16")
    assert asked == [
        (("Qwen/Qwen2.5-0.5B",), {"device": torch.device("cpu"), "dtype": torch.bfloat16})
    ]


PARTS = ("embed_tokens", "norm", "rotary_emb", *(f"layers.{layer}" for layer in range(4)))
SHARED = {**{f"model.{part}": "cpu" for part in PARTS}, "lm_head": "cpu"}


def scores_of(model):
    cases = [rh.Case(torch.arange(3, 403), torch.arange(30, 34), range(27, 31))]
    return rh.score_heads(model, cases, rh.RetrievalScore(), answering=rh.TeacherForced()).values


@pytest.mark.parametrize("tokenized", [True, False])
def test_a_device_map_goes_to_hugging_face_and_changes_no_score(
    bundled, tmp_path, tokenized, monkeypatch
):
    for file in bundled.glob("*.json" if tokenized else "config.json"):
        shutil.copy(file, tmp_path)
    shutil.copy(bundled / "model.safetensors", tmp_path)
    asked, usual = [], AutoModelForCausalLM.from_pretrained

    def taking_notes(*args, **kwargs):
        asked.append(kwargs.get("device_map"))
        return usual(*args, **kwargs)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", taking_notes)
    models = rh.load(tmp_path, device_map=SHARED), rh.load(tmp_path, device="cpu")
    assert asked == [SHARED, None]
    one, other = map(scores_of, models)
    assert one.max() > 0
    assert (one == other).all()


def test_weights_that_accelerate_hands_around_give_the_same_scores(bundled, tokenizer):
    """Its hooks, which move what a part reads to where the part is, work with fused attention."""
    weights = AutoModelForCausalLM.from_pretrained(bundled, attn_implementation="eager").float()
    dispatch_model(weights, SHARED, force_hooks=True)
    handed = TransformerBridge.boot_transformers(
        str(bundled), hf_model=weights, tokenizer=tokenizer, dtype=torch.float32
    )
    assert (scores_of(handed) == scores_of(rh.load(bundled, device="cpu"))).all()


def test_a_hooked_transformer_takes_no_device_map():
    with pytest.raises(ValueError, match="takes no device_map: give n_devices"):
        Placement.of("hooked", None, 1, "auto")


def test_who_asks_for_several_gpus_gets_them_or_is_told(monkeypatch, kind):
    with pytest.raises(ValueError, match="n_devices is 2, but there are 0 GPUs here"):
        rh.load(kind=kind, n_devices=2)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    asked = Placement.of(kind, None, 2, None)
    assert asked.split
    assert asked.for_bridge() == {"n_devices": 2}
    assert asked.for_hooked() == {"device": torch.device("cpu"), "n_devices": 2}


def test_identity_says_what_the_model_is(organisms, kind):
    who = identity(organisms)
    assert (who["name"], who["dtype"]) == ("organism", "float32")
    assert (who["n_layers"], who["n_heads"], who["n_key_value_heads"]) == (4, 8, 4)
    assert who["class"] == {"bridge": "TransformerBridge", "hooked": "HookedTransformer"}[kind]
    assert who == identity(organisms)
    assert who["weights"] == identity(rh.load(kind=kind))["weights"]


def test_any_change_of_a_weight_changes_the_checksum(kind):
    model = rh.load(kind=kind)
    weights = dict(model.named_parameters())
    name = next(name for name in weights if weights[name].dim() > 1)
    flat = weights[name].data.view(-1)
    seen = {identity(model)["weights"]}
    for change in (lambda: flat[:2].copy_(flat[:2].flip(0).clone()), lambda: flat[5].neg_()):
        change()
        seen.add(identity(model)["weights"])
    assert len(seen) == 3


def test_folding_layer_norm_shows_in_the_identity():
    if version("transformer-lens").startswith("3."):
        model = rh.load(kind="hooked")
        model.process_weights_(fold_ln=True)
        assert identity(model)["normalization"] == "RMSPre"
    bridge = rh.load()
    bridge.enable_compatibility_mode(disable_warnings=True)
    assert identity(bridge)["compatibility_mode"] is True
    assert identity(bridge)["weights"] != identity(rh.load())["weights"]


def test_nan_among_the_weights_is_found_before_anything_is_scored(kind, tokenizer):
    model = rh.load(kind=kind)
    weights = next(weights for weights in model.parameters() if weights.dim() > 1)
    weights.data.view(-1)[7] = torch.nan
    case = rh.Case(torch.arange(9), torch.tensor([3]), range(3, 4))
    with pytest.raises(ValueError, match="are not finite: the file is damaged"):
        rh.score_heads(model, [case], rh.RetrievalScore())
    with pytest.raises(ValueError, match="look for NaN in its weights"):
        rh.Greedy()(model, case)


def test_weights_on_another_device_than_the_model_says_are_refused(kind):
    model = rh.load(kind=kind)
    model.cfg.device = "cuda"
    with pytest.raises(ValueError, match=r"its weights are on \['cpu'\]: move it with model.to"):
        identity(model)


def test_a_model_that_is_not_of_transformer_lens_is_refused(bundled):
    plain = AutoModelForCausalLM.from_pretrained(str(bundled))
    with pytest.raises(ValueError, match="LlamaForCausalLM is not a TransformerLens model"):
        check(plain)


def test_a_bridge_around_an_encoder_is_refused():
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    encoder = BertForMaskedLM(BertConfig(**sizes, intermediate_size=16))
    bridge = build_bridge_from_module(encoder, "BertForMaskedLM", hf_config=encoder.config)
    with pytest.raises(ValueError, match="BertForMaskedLM does not write text from left to right"):
        check(bridge)
