"""Every command, with whatever arguments: it ends by itself, and bad input in a sentence."""

import json

import pytest
from fuzz.bytes import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

import rh_lens as rh

FILES = {
    "s.json": json.dumps({"0-0": [0.5, 0.25], "3-7": [0.25, 1.0]}),
    "empty.json": "",
    "half.jsonl": '{"fact": "The \\ud800 is 77.", "question": "\\ud800?", "answer": "77"}',
    "nul.jsonl": '{"fact": "The \\u0000 is 77.", "question": "", "answer": "77"}',
    "hay.txt": "Eins. Zwei. Drei! " * 40,
    "empty.txt": " ",
    "file": "",
}
MODEL = {"--needles": "few.jsonl", "--lengths": "160", "--depths": "0.5"}
COMMANDS = {  # what each is given where nothing else is drawn
    "show": {"": "s.json", "--heatmap": "", "--top": "3"},
    "report": {"": "s.json", "--out": "page.html"},
    "compare": {"": "s.json", " ": "again/s.json", "--top": "2", "--out": "", "--scatter": ""},
    "audit": {"": "s.json"},
    "detect": {
        **MODEL, "--max-new-tokens": "2", "--scorer": "retrieval", "--journal": "", "--out": "",
        "--model": "", "--device": "", "--dtype": "float32", "--haystack": "", "--template": "",
        "--kind": "bridge", "--gate": "exact", "--counting": "steps", "--top": "3",
    },
    "ablate": {
        "": "L3H0", **MODEL, "--counts": "1", "--controls": "0", "--seed": "0", "--scope": "",
        "--ablation": "zero", "--out": "", "--plot": "", "--grid": "",
    },
    "patch": {
        **MODEL, "--decoy": "answer", "--site": "mlp", "--into": "", "--direction": "denoising",
        "--metric": "logprob", "--seed": "0", "--out": "", "--plot": "",
    },
    "trace": {"": "L3H0", **MODEL, "--top": "1", "--case": "1", "--out": "", "--plot": ""},
}  # fmt: skip
NASTY = [
    "", " ", ",", "-", "--", "0", "-1", "1.5", "nan", "inf", "1e999", "9" * 30, "9" * 5000, "0,1",
    "200,201", "0x10", "٣", "{", "{}", "{haystack}{question}", "{haystack!r:>9} {question}",
    "{haystack[0]} {question}", "\ud800{haystack} {question}", "<s>{haystack} {question}",
    "\ud800", "a\nb", "L0H0", "L99H99", "L0H0,L0H0", "L1H1,", "x.csv", "x.png", "x.html",
    "nowhere/x.csv", "cpu", "meta", "cuda:9", "float64", "float8_e4m3fn", "complex64", "Tensor",
    "hooked", "gpt2", "a/b/c", "retrieval,retrieval", "entropy", "organism-short", "again",
    *FILES,
]  # fmt: skip
here = st.text(max_size=9).filter(lambda text: not text.startswith(("/", "..")))  # if it is a path
anything = st.one_of(st.sampled_from(NASTY), here, st.integers().map(str))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with files of every kind."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "again").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "again" / "s.json").write_text(FILES["s.json"])
    rh.save_needles([n for n in rh.needles() if n.kind == "date"][:1], folder / "few.jsonl")
    return folder


@pytest.fixture
def run(shell, workplace, monkeypatch, organism):
    """Run a command in that folder, with the bundled model loaded once."""
    load = rh.load

    def loaded(name=None, *, kind="bridge", device=None, dtype="float32"):
        usual = (name, kind, device, dtype) == (None, "bridge", None, "float32")
        return organism if usual else load(name, kind=kind, device=device, dtype=dtype)

    monkeypatch.chdir(workplace)
    monkeypatch.setattr(rh, "load", loaded)

    def run(command, options):
        given = [[value] if not option.strip() else [option, value] for option, value in options]
        return shell(command, *(word for words in given for word in words))

    return run


@pytest.mark.parametrize("command", COMMANDS)
@given(data=st.data())
@settings(max_examples=12)
def test_a_command_with_a_strange_argument_ends_with_a_status_and_no_traceback(run, command, data):
    options = {option: value for option, value in COMMANDS[command].items() if value}
    strange = data.draw(st.sampled_from(sorted(COMMANDS[command])))
    if strange != "--controls":  # a great number is a long time, and no mistake
        options[strange] = data.draw(anything)
    status, _, complaint = run(command, sorted(options.items()))
    assert status in (0, 1, 2)
    assert "Traceback" not in complaint
    assert bool(complaint.strip()) == bool(status)


@pytest.mark.parametrize("command", ["show", "audit", "compare", "report"])
@given(content=damaged(FILES["s.json"].encode()))
@settings(max_examples=5)
def test_a_command_on_a_damaged_file_ends_with_a_status_and_no_traceback(
    run, workplace, command, content
):
    (workplace / "bad.json").write_bytes(content)
    rest = [("", "s.json")] if command == "compare" else []
    status, printed, complaint = run(command, [("", "bad.json"), *rest])
    assert status in (0, 2)
    assert "Traceback" not in complaint
    assert bool(complaint.strip()) == (status == 2)
    assert bool(printed) == (status == 0)


def test_what_the_shell_passes_on_undecoded_ends_in_a_sentence(run):
    template = "{haystack} \udcff {question}"
    status, _, complaint = run("detect", [*MODEL.items(), ("--template", template)])
    assert status == 2
    assert "half a character, '\\udcff'" in complaint


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('only pictures') }}", "only pictures"),
        ("{% for %}", "TemplateSyntaxError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ messages.__class__.__mro__ }}", "SecurityError"),
        ("{{ messages[5].content.text }}", "UndefinedError"),
        ("{{ messages }}", "unchanged 0 times"),
    ],
)
def test_a_chat_template_that_fails_is_told_with_its_reason(
    run, tokenizer, monkeypatch, template, reason
):
    monkeypatch.setattr(tokenizer, "chat_template", template)
    with_chat = [*MODEL.items(), ("", "--chat")]
    status, _, complaint = run("detect", with_chat)
    assert status == 2
    assert reason in complaint
