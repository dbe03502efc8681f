"""No file can make the package run code: read off its source, and tried on folders of models."""

import ast
import json
import pickle
import shutil
from pathlib import Path

import pytest

import rh_lens as rh

PACKAGE = Path(rh.__file__).parent
MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "runpy", "subprocess"}
NAMES = {"eval", "exec", "compile", "__import__"}
METHODS = {"unsafe_load", "full_load", "load_all", "read_pickle", "system", "popen"}
SAFE_LOADERS = {"BaseLoader", "SafeLoader"}


def wrongs(source):
    """What in some source could run code that a file holds."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if MODULES & {name.name.split(".")[0] for name in names}:
                yield "import", node.lineno
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                yield "import", node.lineno
            case ast.Call(func=ast.Name(id=name)) if name in NAMES:
                yield name, node.lineno
            case ast.Call(func=ast.Name("import_module"), args=[first]) if not isinstance(
                first, ast.Constant
            ):
                yield "import_module", node.lineno
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                yield name, node.lineno
            case ast.Call(func=ast.Attribute(ast.Name("torch"), "load"), keywords=how):
                if ("weights_only", True) not in told(how):
                    yield "torch.load", node.lineno
            case ast.Call(func=ast.Attribute(ast.Name("yaml"), "load"), keywords=how):
                loaders = {key.value.attr for key in how if key.arg == "Loader"}
                if not loaders or not loaders <= SAFE_LOADERS:
                    yield "yaml.load", node.lineno
            case ast.Call(func=ast.Attribute(attr="from_pretrained"), keywords=how):
                if not {("trust_remote_code", False), (None, "SAFELY")} & told(how):
                    yield "from_pretrained", node.lineno
            case ast.keyword(arg="trust_remote_code" | "allow_pickle", value=value):
                if not (isinstance(value, ast.Constant) and value.value is False):
                    yield node.arg, node.value.lineno
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    named = isinstance(key, ast.Constant) and key.value == "trust_remote_code"
                    if named and getattr(value, "value", None) is not False:
                        yield "trust_remote_code", node.lineno


def told(keywords):
    """Keywords whose values are constants or names."""
    return {
        (key.arg, getattr(key.value, "value", getattr(key.value, "id", None))) for key in keywords
    }


def test_nothing_in_the_package_runs_what_a_file_holds():
    found = {
        str(path.relative_to(PACKAGE)): wrong
        for path in PACKAGE.rglob("*.py")
        if (wrong := list(wrongs(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "eval(text)",
        "exec(compile(text, '', 'exec'))",
        "import_module(name)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "pd.read_pickle(path)",
        "np.load(path, allow_pickle=True)",
        "AutoConfig.from_pretrained(folder)",
        "AutoModel.from_pretrained(folder, trust_remote_code=True)",
        "load(name, trust_remote_code=given)",
        "HOW = {'trust_remote_code': True}",
        "os.system(text)",
    ],
)
def test_the_search_finds(source):
    assert list(wrongs(source))


@pytest.fixture
def folder(tmp_path):
    """A folder with the bundled model, to be spoilt."""
    folder = tmp_path / "model"
    ours = shutil.ignore_patterns("organism-*", "*.md", "*.py", "__pycache__")
    shutil.copytree(PACKAGE / "organism", folder, ignore=ours)
    return folder


class Bomb:
    """Unpickling this leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickled_weights_are_not_read(folder, tmp_path):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    with pytest.raises(OSError, match=r"no file named model\.safetensors"):
        rh.load(folder)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("part", ["config", "tokenizer_config"])
def test_code_in_the_folder_is_neither_run_nor_asked_about(folder, tmp_path, monkeypatch, part):
    code = f"open({str(tmp_path / 'exploded')!r}, 'w')\nclass Evil: pass\n"
    (folder / "evil.py").write_text(code)
    told = {
        "config": {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}},
        "tokenizer_config": {
            "tokenizer_class": "Evil",
            "auto_map": {"AutoTokenizer": ["evil.Evil", None]},
        },
    }[part]
    (folder / f"{part}.json").write_text(json.dumps(told))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it was asked about"))
    with pytest.raises(ValueError, match="custom code"):
        rh.load(folder)
    assert not (tmp_path / "exploded").exists()


SPOILT = {  # file: what is put there instead
    "config.json": [
        b"", b"[]", b"{}", b"\xff\xfe", b"[" * 3000, b'{"model_type": 3}',
        b'{"model_type": "evil"}',
        {"architectures": 3}, {"architectures": ["Evil"]}, {"hidden_size": "x"},
        {"hidden_size": -8}, {"num_attention_heads": 0}, {"vocab_size": 7},
        {"num_hidden_layers": 5},
    ],
    "tokenizer.json": [
        b"", b"[]", b"{}", b"[" * 3000,
        b'{"version": "1.0", "added_tokens": [], "model": {"type": "Evil"}}',
    ],
    "tokenizer_config.json": [b"", b"[]", b"[" * 3000],
    "model.safetensors": [b"", b"\0" * 64, b"\xff" * 7 + b"\x7f{}", b"\x08" + b"\0" * 7 + b"[" * 8],
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_folder_is_refused_in_a_sentence(folder, name):
    right = (folder / name).read_bytes()
    for spoilt in SPOILT[name]:
        changed = spoilt if isinstance(spoilt, bytes) else {**json.loads(right), **spoilt}
        (folder / name).write_bytes(
            changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        )
        with pytest.raises((ValueError, OSError)) as refusal:
            rh.load(folder)
        assert str(refusal.value)
        assert "Traceback" not in str(refusal.value)


def test_weights_that_are_not_there_are_not_made_up(folder):
    config = json.loads((folder / "config.json").read_text())
    more = {**config, "num_hidden_layers": config["num_hidden_layers"] + 1}
    (folder / "config.json").write_text(json.dumps(more))
    with pytest.raises(ValueError, match=r"lack \d+ that its config.json calls for, such as"):
        rh.load(folder)
