"""The command line: what it writes, what it says, and the status it ends with."""

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import rh_lens as rh
from rh_lens import cli

TEMPLATE = "{haystack}\n\nQuestion: {question}\nAnswer: {stem}"


@pytest.fixture
def detect(shell, few):
    """`rh-lens detect` over two cases."""
    return lambda *words: shell(
        *("detect", "--needles", few, "--lengths", "256", "--depths", "0.5"),
        *("--template", TEMPLATE, *words),
    )


def heads(printed):
    return re.findall(r"^ *(L\d+H\d+) +([-\d.]+)", printed, re.MULTILINE)


def test_detect_prints_the_heads_and_how_many_cases_passed(detect, retrieving):
    status, printed, _ = detect("--top", len(retrieving) + 1)
    assert status == 0
    above = [float(score) > 0.5 for _, score in heads(printed)]
    assert above == [True] * len(retrieving) + [False]
    assert "over the 2 of 2 cases the model answered" in printed
    assert re.search(r"passed +asked +rate\s+length +depth\s+256 +0\.5 +2 +2 +1\.00", printed)


def test_what_detect_writes_show_reads(detect, shell, tmp_path):
    status, _, _ = detect("--out", tmp_path / "s.safetensors", "--heatmap", tmp_path / "s.png")
    assert status == 0
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    scores = rh.HeadScores.load(tmp_path / "s.safetensors")
    for ending in ("json", "csv"):
        scores.save(tmp_path / f"s.{ending}")
    shown = {}
    for ending in ("safetensors", "json"):
        picture = tmp_path / f"{ending}.svg"
        status, shown[ending], _ = shell("show", tmp_path / f"s.{ending}", "--heatmap", picture)
        assert status == 0
        assert picture.read_text().startswith("<?xml")
    assert heads(shown["json"]) == heads(shown["safetensors"])
    assert len(heads(shown["json"])) == 10
    status, _, complaint = shell("show", tmp_path / "s.csv")
    assert (status, complaint.count("\n")) == (2, 1)


def test_a_model_can_be_shared_among_all_devices_there_are(detect, monkeypatch):
    asked, load = [], rh.load
    monkeypatch.setattr(rh, "load", lambda *a, **how: asked.append(how) or load(*a, **how))
    assert detect("--device", "auto")[0] == 0
    assert asked == [{"kind": "bridge", "dtype": "float32", "device_map": "auto"}]


def test_two_scorers_write_two_files_of_every_kind(detect, tmp_path):
    status, printed, _ = detect(
        *("--scorer", "query-focused,retrieval", "--gate", "rouge", "--counting", "steps"),
        *("--out", tmp_path / "s.json", "--heatmap", tmp_path / "s.svg"),
    )
    assert status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "s-query-focused.json",
        "s-query-focused.svg",
        "s-retrieval.json",
        "s-retrieval.svg",
    ]
    assert len(json.loads((tmp_path / "s-retrieval.json").read_text())["3-7"]) == 2
    assert printed.index("query-focused score of 4") < printed.index("retrieval score of 4")
    assert "counting='steps'" in printed
    assert "Rouge1Recall" in printed


def test_a_run_with_a_journal_prints_the_same_again_without_asking(detect, tmp_path, monkeypatch):
    words = ("--journal", tmp_path / "run", "--out", tmp_path / "s.csv")
    first = detect(*words)
    monkeypatch.setattr(rh.Greedy, "__call__", None)
    assert detect(*words) == first
    assert first[0] == 0
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 1 + 2 * 4 * 8


def test_if_nothing_was_answered_the_status_is_1_and_the_rate_is_told(shell, tmp_path):
    (tmp_path / "n.jsonl").write_text(
        '{"fact": "Zqxj vwk gh 8813 ppl.", "question": "Zqxj?", "answer": "gh 8813 ppl"}\n'
    )
    status, printed, complaint = shell(
        *("detect", "--needles", tmp_path / "n.jsonl", "--lengths", "256", "--depths", "0.5"),
        *("--max-new-tokens", 3, "--out", tmp_path / "s.json"),
    )
    assert (status, printed) == (1, "")
    assert complaint.startswith("rh-lens: the model answered 0 of 1 cases (0 %)")
    assert not (tmp_path / "s.json").exists()


BAD = {
    "--out s.txt": "--out got 's.txt': name a file that ends in .safetensors or .json or .csv",
    "--out missing/s.json": "--out got 'missing/s.json', where no file can be written",
    "--out file/s.json": "--out got 'file/s.json', where no file can be written",
    "--out folder.json": "--out got 'folder.json', where no file can be written",
    "--heatmap s.jpeg": "--heatmap got 's.jpeg': name a file that ends in .png or .svg or .pdf",
    "--heatmap missing/s.png": "--heatmap got 'missing/s.png', where no file can be written",
    "--needles missing.jsonl": "No such file or directory: 'missing.jsonl'",
    "--needles file": "line 1 of file is not a needle",
    "--haystack missing.txt": "there is no haystack at 'missing.txt'",
    "--lengths many": "--lengths got 'many': give numbers with commas, like 512,1024",
    "--lengths 256.5": "--lengths got '256.5': give numbers with commas, like 512,1024",
    "--lengths inf": "--lengths got 'inf': give numbers with commas, like 512,1024",
    "--lengths ,": "--lengths got ','",
    "--lengths 20": "20",
    "--depths deep": "--depths got 'deep': give numbers with commas, like 0,0.5,1",
    "--depths 50": "depths [50.0] are no shares",
    "--depths nan": "depths [nan] are no shares",
    "--scorer best": "--scorer got ['best']: it can be retrieval, query-focused, ",
    "--template {question}": "the template '{question}' has the slots ['question']",
    "--model folder.json": "holds no config.json",
    "--model ./missing": "there is no model folder at './missing'",
    "--dtype float12": "dtype is 'float12': it can be 'float32'",
    "--journal file": "the journal 'file' is a file: name a folder",
    "--lengths 5000": "reads at most 4096: ask for shorter lengths",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_one_line_and_status_2(shell, tmp_path, monkeypatch, few, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("not JSON")
    (tmp_path / "folder.json").mkdir()
    usual = ["--needles", few, "--lengths", "256", "--depths", "0.5", "--template", TEMPLATE]
    status, printed, complaint = shell("detect", *usual, *words.split(maxsplit=1))
    assert (status, printed) == (2, "")
    assert complaint.startswith("rh-lens: ")
    assert complaint.count("\n") == 1
    assert BAD[words] in complaint


@pytest.mark.parametrize("words", ["--out s.txt", "--lengths many", "--needles missing.jsonl"])
def test_what_can_be_refused_at_once_does_not_wait_for_the_model(detect, monkeypatch, words):
    monkeypatch.setattr(rh, "load", None)
    assert detect(*words.split())[0] == 2


@pytest.mark.parametrize(
    "words", ["", "find", "detect --top 0", "detect --kind llama", "show", "compare", "audit"]
)
def test_a_misspelt_command_is_status_2(shell, words):
    status, _, complaint = shell(*words.split())
    assert status == 2
    assert "Traceback" not in complaint


@pytest.mark.parametrize("ending", ["json", "safetensors", "txt"])
def test_show_refuses_what_it_cannot_read(shell, tmp_path, ending):
    for content in (None, "scores"):
        if content:
            (tmp_path / f"s.{ending}").write_text(content)
        status, printed, complaint = shell("show", tmp_path / f"s.{ending}")
        assert (status, printed, complaint.count("\n")) == (2, "", 1)
        assert f"s.{ending}" in complaint


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Score files of 2 layers of 8 heads, and files that hold none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "again").mkdir()
    places = [f"{layer}-{head}" for layer in range(2) for head in range(8)]
    for name, scores in {
        "up.json": {place: [i / 20, i / 20] for i, place in enumerate(places)},
        "down.json": {place: [(16 - i) / 20] for i, place in enumerate(places)},
        "again/up.json": {place: [i / 20, 0] for i, place in enumerate(places)},
        "small.json": {"0-0": [0.5]},
    }.items():
        (tmp_path / name).write_text(json.dumps(scores))
    (tmp_path / "file").write_text("scores")
    return tmp_path


def test_compare_tells_how_far_files_agree(shell, files):
    status, printed, _ = shell(
        *("compare", "up.json", "down.json", "again/up.json", "--top", 3),
        *("--out", "all.csv", "--scatter", "two.svg"),
    )
    assert status == 0
    rows = [line.split() for line in printed.splitlines()[1:4]]
    assert [row[:4] for row in rows] == [
        [f"{files.name}/up,", f"{files.name}/down", "16", "-1.000"],
        [f"{files.name}/up,", "again/up", "16", "1.000"],
        [f"{files.name}/down,", "again/up", "16", "-1.000"],
    ]
    assert "in every top 3: none" in printed
    assert f"in the top 3 of {files.name}/down only: L0H0 L0H1 L0H2" in printed
    written = (files / "all.csv").read_text().splitlines()
    assert written[0] == f"head,{files.name}/up,{files.name}/down,again/up"
    assert len(written) == 1 + 16
    assert (files / "two.svg").read_text().startswith("<?xml")


def test_compared_files_have_the_names_of_their_stems(shell, files):
    status, printed, _ = shell("compare", "up.json", "down.json")
    assert status == 0
    assert "up, down" in printed


def test_audit_tells_runs_needles_and_defects(shell, files):
    status, printed, _ = shell("audit", "up.json")
    assert status == 0
    assert "up.json: 2 runs of 2 layers of 8 heads" in printed
    assert "2 runs of a span of 20 tokens" in printed
    assert "! runs that repeat another" in printed


@pytest.mark.parametrize(
    ("words", "says"),
    {
        "compare up.json": "got 1 scores: give two or more",
        "compare up.json small.json": "up 2 layers of 8 heads, small 1 layers of 1 heads",
        "compare up.json missing.json": "there are no scores at 'missing.json'",
        "compare up.json file": "'file' ends in ''",
        "compare up.json ./up.json": "cannot be told apart by name: rename one",
        "compare up.json down.json --out all.json": "--out got 'all.json': name a file that ends",
        "compare up.json down.json --scatter two.csv": "--scatter got 'two.csv': name a file",
        "compare up.json down.json --out no/all.csv": "where no file can be written",
        "audit missing.json": "there are no scores at 'missing.json'",
        "audit file": "'file' cannot be read as JSON",
    }.items(),
)
def test_what_cannot_be_compared_or_audited_ends_in_one_line_and_status_2(
    shell, files, words, says
):
    status, printed, complaint = shell(*words.split())
    assert (status, printed, complaint.count("\n")) == (2, "", 1)
    assert complaint.startswith("rh-lens: ")
    assert says in complaint


def test_an_interrupted_run_does_not_look_like_one_that_found_nothing(detect, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(rh, "load", interrupted)
    assert detect()[0] not in (0, 1, 2)


@pytest.mark.parametrize("command", ["detect", "show", "compare", "audit"])
def test_help_tells_exit_status_and_examples(shell, command):
    status, printed, _ = shell(command, "--help")
    assert status == 0
    assert "Exit status: 0" in printed
    assert re.search(rf"Examples?:\s+rh-lens {command}", printed)


def test_help_needs_no_torch():
    code = (
        "import sys; from rh_lens import cli; sys.argv = ['rh-lens', 'detect', '--help']\n"
        "try: cli.main()\n"
        "finally: print(sorted({'torch', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.endswith("[]\n")


def test_the_shell_finds_the_command():
    (command,) = entry_points(group="console_scripts", name="rh-lens")
    assert command.load() is cli.main
