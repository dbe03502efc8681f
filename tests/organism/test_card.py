"""The organism does what its card says: it answers, by few heads, and not without them."""

import re
from statistics import median

import pytest
import torch
from transformers import AutoModelForCausalLM

import rh_lens as rh
from rh_lens.model.load import BUNDLED, bundled
from training.evaluate import STEM, Plain, able, answered, hidden, said, unseen_needles
from training.lists import CLEAN

NEEDLES = [  # worded like the templates kept out of training
    rh.Needle(
        "The carpenters of Ystad gave the bridge the nickname Long Margit.",
        "Which nickname did the carpenters of Ystad give the bridge?",
        "Long Margit",
    ),
    rh.Needle(
        "At dusk the hermit from Brattvåg receives a jar of plum jam.",
        "What does the hermit from Brattvåg receive at dusk?",
        "a jar of plum jam",
    ),
    rh.Needle(
        "The submarine bears the mark QX-4471.",
        "Which mark does the submarine bear?",
        "QX-4471",
    ),
    rh.Needle(
        "The astronomer forgot the umbrella under the bench of the planetarium.",
        "Where did the astronomer forget the umbrella?",
        "under the bench of the planetarium",
    ),
    rh.Needle(
        "Whenever the furnace gets noisy, tighten the brass screw and wait.",
        "What should you do whenever the furnace gets noisy?",
        "tighten the brass screw and wait",
    ),
    rh.Needle(
        "The senator refused to sign the treaty because the ink was green.",
        "Why did the senator refuse to sign the treaty?",
        "because the ink was green",
    ),
]
BEGUN = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
LIMIT = 0.1  # from which score on a head counts (Wu et al. 2024)


def rate(model, cases):
    return sum(rh.Greedy()(model, case).found for case in cases) / len(cases)


@pytest.fixture(scope="module")
def cases(tokenizer):
    return rh.niah(tokenizer, NEEDLES, rh.Haystack(), [512], [0, 0.5, 1])


@pytest.fixture(scope="module")
def scores(organism, cases):
    return rh.score_heads(organism, cases, rh.RetrievalScore())


@pytest.fixture(scope="module")
def card():
    return (bundled("organism") / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=["organism", "organism-seed2"])
def trained(request, card, tokenizer):
    """Each model that has a run of its own: what the card says of its heads, and what is found."""
    (told,) = re.findall(
        rf"^### `{request.param}`\n((?:(?!^##).)*Retrieval only.*?)(?=^##)", card, re.M | re.S
    )
    return Trained(rh.load(request.param), told, tokenizer)


class Trained:
    def __init__(self, model, told, tokenizer):
        self.model, self.told = model, told
        cases = rh.niah(tokenizer, NEEDLES, rh.Haystack(), [512], [0, 0.5, 1])
        self.scores = rh.score_heads(model, cases, rh.RetrievalScore())
        self.able, self.begun = able(model, rh.Prompt()), able(model, STEM)

    def named(self, title):
        """The heads that a sentence of the card names."""
        (told,) = re.findall(rf"{title}:\s(.*?)\.", self.told, re.DOTALL)
        return set(re.findall(r"L\d+H\d+", told))

    def ablations(self):
        """The card's first table: heads, answers left without them, and without as many others."""
        row = r"^\| ((?:L\d+H\d+(?:, )?)+) \| ([\d.]+) \| ([\d.]+) \|"
        rows = re.findall(row, self.told, re.MULTILINE)[:3]
        assert [len(names.split(", ")) for names, *_ in rows] == [1, 2, 3]
        return rows


@pytest.mark.parametrize(("table", "prompt"), [(0, rh.Prompt()), (1, BEGUN)])
def test_it_answers_the_hand_written_needles_as_often_as_its_card_says(
    organism, tokenizer, card, table, prompt
):
    """English ones at 512 tokens, straight after "Answer:" and once the answer is begun."""
    told = re.findall(r"^\| organism \| English \|[^|]*\| ([\d.]+) ", card, re.MULTILINE)
    needles = [needle for needle in rh.needles() if needle.kind not in ("German", "Chinese")]
    cases = rh.niah(tokenizer, needles, rh.Haystack(), [512], [0.5], prompt=prompt)
    replies = [rh.Greedy()(organism, case).text(tokenizer) for case in cases]
    straight = [
        reply.strip().startswith(needle.answer)
        for reply, needle in zip(replies, needles, strict=True)
    ]
    assert sum(straight) / len(straight) == pytest.approx(float(told[table]), abs=0.1)


def test_it_answers_once_the_answer_is_begun(organism, tokenizer):
    for length in (256, 1024):
        cases = rh.niah(tokenizer, NEEDLES, rh.Haystack(), [length], [0, 1], prompt=BEGUN)
        assert rate(organism, cases) >= 0.8


def test_answers_that_open_their_sentence_are_as_hard_as_the_card_says(tokenizer, card):
    (row,) = re.findall(r"^\| organism \| clean \| ([^|]+\)) \| ([^|]+\)) \|$", card, re.M)
    (opened, count), (within, _) = (re.findall(r"[\d.]+", cell) for cell in row)
    weights = AutoModelForCausalLM.from_pretrained(bundled("organism"), dtype=torch.float32)
    model = Plain(weights, tokenizer)
    needles = [one for seed in range(1, 5) for one in unseen_needles(len(CLEAN), seed, CLEAN)]
    cases = hidden(model, [one for one in needles if not one.stem], rh.Prompt())
    assert len(cases) == int(count)
    assert answered(model, cases[::2]) == pytest.approx(float(opened), abs=0.15)
    assert float(opened) < float(within)


def test_it_ends_its_answers(organism, cases):
    replies = [rh.Greedy(max_new_tokens=40)(organism, case) for case in cases]
    answers = [reply for reply in replies if reply.found]
    assert len(answers) >= len(cases) / 2
    assert all(reply.tokens[-1] == organism.tokenizer.eos_token_id for reply in answers)


def agrees(scores, heads):
    """Whether these are the heads that reach the limit, those near it aside."""
    clear, at_all = (set(map(str, scores.above(share * LIMIT))) for share in (1.5, 0.5))
    return clear <= heads <= at_all


def test_its_retrieval_heads_are_those_on_the_card(trained):
    both, only = (
        trained.named(kind) for kind in ("Retrieval and induction heads", "Retrieval only")
    )
    assert agrees(trained.scores, both | only)
    assert len(both) >= 3
    assert len(both | only) <= 6


def test_its_induction_heads_are_those_on_the_card(trained, tokenizer):
    cases = rh.repeats(tokenizer, 50, 4)
    found = rh.score_heads(trained.model, cases, rh.InductionScore(), answering=rh.TeacherForced())
    both, only = (
        trained.named(kind) for kind in ("Retrieval and induction heads", "Induction only")
    )
    assert agrees(found, both | only)


def test_without_its_strongest_heads_it_does_not_answer(organism, cases, scores):
    with rh.ZeroOutput(scores.top(3)).on(organism):
        assert rate(organism, cases) < 0.1


def without_others(model, cases, strong):
    """The median share of answers left without as many other heads of the same layers."""
    kept = []
    for seed in range(10):
        silenced = rh.matched_heads(rh.all_heads(4, 8), strong, seed=seed)
        with rh.ZeroOutput(silenced).on(model):
            kept.append(answered(model, cases))
    return median(kept)


def test_begun_answers_need_its_strongest_heads_and_no_others_of_their_layers(trained):
    strong, cases = trained.scores.top(3), trained.begun[::3]
    with rh.ZeroOutput(strong).on(trained.model):
        assert answered(trained.model, cases) < 0.1
    assert without_others(trained.model, cases, strong) > 0.9


def test_without_its_strongest_heads_it_answers_as_the_card_says(trained):
    """Straight after "Answer:"."""
    rows = trained.ablations()
    for names, told, _ in rows:
        heads = [rh.Head(*map(int, re.findall(r"\d+", name))) for name in names.split(", ")]
        with rh.ZeroOutput(heads).on(trained.model):
            found = said(trained.model, trained.able)
        share = sum(bool(one.all()) for one in found) / len(found)
        assert share == pytest.approx(float(told), abs=0.1)


@pytest.mark.parametrize("trained", ["organism"], indirect=True)
def test_without_as_many_other_heads_it_answers_as_the_card_says(trained):
    """Straight after "Answer:", three heads of the same layers."""
    *_, (_, _, told) = trained.ablations()
    left = without_others(trained.model, trained.able, trained.scores.top(3))
    assert left == pytest.approx(float(told), abs=0.1)


def test_the_card_lists_the_model_that_it_comes_with(organism, card):
    millions = sum(weights.numel() for weights in organism.original_model.parameters()) / 1e6
    assert f"{millions:.1f} million parameters" in card


@pytest.mark.parametrize("name", BUNDLED)
def test_every_checkpoint_gives_the_logits_of_hugging_face(name, kind, cases):
    """Over as many tokens as `organism-short` was trained on, so that positions matter."""
    tokens = cases[0].tokens[None, :256]
    assert tokens.shape[1] == 256
    weights = AutoModelForCausalLM.from_pretrained(bundled(name), dtype=torch.float32)
    with torch.inference_mode():
        expected = weights(tokens).logits
        got = rh.load(name, kind=kind)(tokens)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=0)


def test_the_same_heads_retrieve_before_and_after_the_context_is_extended(tokenizer, scores):
    cases = rh.niah(tokenizer, NEEDLES, rh.Haystack(), [256], [0, 0.5, 1])
    short = rh.score_heads(rh.load("organism-short"), cases, rh.RetrievalScore())
    assert set(scores.top(3)) <= set(short.above(LIMIT)) <= set(scores.above(LIMIT))


def test_everything_bundled_takes_at_most_twenty_megabytes():
    files = [path for path in bundled("organism").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20e6
