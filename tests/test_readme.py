"""The README's Python runs, as it stands but for the model and the amount of work."""

import re
from pathlib import Path

import pytest

import rh_lens as rh

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CODE = "\n".join(re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL))
SUBSTITUTES = {
    "from transformer_lens import HookedTransformer": "",
    'HookedTransformer.from_pretrained("Qwen/Qwen2.5-0.5B")': "given",
    "rh.needles()": "rh.needles()[16:20]",
    "lengths=[512, 1024]": "lengths=[512]",
    "depths=[0, 0.25, 0.5, 0.75, 1]": "depths=[0.5]",
    "counts=[1, 2, 5]": "counts=[2], controls=1",
    "curve.grid(5)": "curve.grid(2)",
    "scores.top(2), reference=text": 'scores.top(2), reference=text[:1], scopes=["decoding"]',
    "depth=2": "depth=1",
    'to_html("explorer.html")': 'to_html("explorer.html", heads=1, cases=1)',
    "rh.Haystack(), [256], [0.5]": "rh.Haystack(), [256], [0.5], prompt=beginning",
}


@pytest.fixture
def ran(organisms, tmp_path, monkeypatch):
    """The names that the README's code leaves behind."""
    code = CODE
    for said, meant in SUBSTITUTES.items():
        assert said in code, f"the README no longer says {said!r}"
        code = code.replace(said, meant)
    monkeypatch.chdir(tmp_path)
    beginning = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
    names = {"given": organisms, "beginning": beginning}
    exec(compile(code, "README.md", "exec"), names)
    return names


def test_the_workflows_of_the_readme_find_the_same_heads(ran, tmp_path, retrieving):
    scores = ran["scores"]
    few = len(retrieving)
    assert set(scores.top(few)) == set(retrieving)
    assert ran["retrieval"].top(few) == scores.top(few)
    assert ran["relevance"].name == "query-focused score"
    assert rh.HeadScores.load(tmp_path / "scores.safetensors").top(few) == scores.top(few)
    assert ran["watch"].scores.shape == (4, 8)
    assert len(ran["mine"]) == len(ran["guesses"]) == 2
    assert ran["both"].only("retrieval", few) == []
    assert set(ran["both"].shared(few)) == set(retrieving)
    assert [guide.layer for guide in ran["guides"].top(2)] == [2, 2]  # before the last
    assert "data-rh-explorer" in (tmp_path / "explorer.html").read_text(encoding="utf-8")
