"""Against what the released code of Wu et al. 2024 did, recorded on a small model."""

import json
from pathlib import Path

import pytest
import torch

import rh_lens as rh

GOLDEN = Path(__file__).parent.parent / "golden"
RECORDED = json.loads((GOLDEN / "wu2024_cases.json").read_text())["cases"]


@pytest.fixture(scope="module")
def copier(kind):
    return rh.load(GOLDEN / "copier", kind=kind)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: f"{len(recorded['tokens'])}")
def test_counting_steps_gives_the_reference_scores_of_the_reference_answers(copier, recorded):
    tokens, needle = torch.tensor(recorded["tokens"]), range(*recorded["needle"])
    case = rh.Case(tokens, answer=tokens[needle.start : needle.stop], needle=needle)
    reply = rh.Greedy(max_new_tokens=12, stop=(2,))(copier, case)
    scores = rh.RetrievalScore(counting="steps")(copier, reply)
    assert reply.tokens.tolist() == recorded["generated"]
    torch.testing.assert_close(
        scores, torch.tensor(recorded["score"], dtype=torch.float32), atol=1e-6, rtol=0
    )


def test_the_recording_holds_answers_that_stray_and_scores_above_one():
    exceeds = [max(map(max, recorded["score"])) > 1 for recorded in RECORDED]
    strays = [
        recorded["generated"][: len(range(*recorded["needle"]))]
        != recorded["tokens"][slice(*recorded["needle"])]
        for recorded in RECORDED
    ]
    assert any(exceeds), "steps and positions would not be told apart"
    assert any(strays), "the draft would never be corrected"
