"""Evaluate: everything the card reports, measured on unseen needles, templates, words and prose.

python -m training.evaluate MODEL REPORT.json [--answers]
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from transformers import LlamaForCausalLM

import rh_lens as rh
from training import text, words
from training.lists import CLEAN, HELD_OUT, WATCHED
from training.templates import Template

DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
LENGTHS = (256, 512, 1024, 2048)
LENGTH = 512  # where one must do
CASES = 20  # of each other task
STEM = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
BEGIN = 3  # words before an answer, from which on they tell which fact goes on so
NEAR = 0.1  # from which score on a head counts (Wu et al. 2024)
BATCH = 4096  # tokens read at once


@cache
def held_out_words() -> words.Words:
    return words.split(words.mine(text.training()), held_out=True)


def unseen_needles(
    count: int, seed: int = 1, among: Sequence[Template] = HELD_OUT
) -> list[rh.Needle]:
    """Needles of held-out words and of these templates, in turn."""
    draw = random.Random(seed)
    bank = held_out_words()
    found: dict[str, rh.Needle] = {}
    tried = 0
    while len(found) < count:
        template = among[len(found) % len(among)]
        tried += 1
        if tried > 1000 * count:
            raise ValueError(
                f"only {len(found)} of {count} different questions came of {len(among)} templates, "
                f"the last: {template.statement!r}; ask for fewer, or draw with several seeds"
            )
        fact = template.fact(draw, bank, template.slots(draw, bank))
        if fact.sentence.count(fact.answer) == 1 and fact.question not in found:
            kind = str(among.index(template))
            found[fact.question] = rh.Needle(fact.sentence, fact.question, fact.answer, kind)
    return list(found.values())


def with_stem(needles: list[rh.Needle]) -> list[rh.Needle]:
    """Those whose answer can be begun: with words enough before it to tell the fact by."""
    return [needle for needle in needles if len(needle.stem.split()) >= BEGIN]


def held_out_haystack() -> rh.Haystack:
    return rh.Haystack(text.held_out())


def continuation(model: Any, case: rh.Case) -> torch.Tensor:
    """The answer with the space before it, where the tokenizer makes that a token of its own."""
    before = case.tokens[case.needle.start - 1 : case.needle.start]
    if model.tokenizer.decode(before) == " ":
        return torch.cat([before, case.answer])
    return case.answer


@torch.no_grad()
def said(model: Any, cases: Sequence[rh.Case]) -> list[torch.Tensor]:
    """For each case, whether each token of the answer is what the model would say there.

    Given the right tokens before it; so a case whose tokens are all right is one that greedy
    decoding answers. A space before the answer counts as part of its first token.
    """
    spelt = [continuation(model, case) for case in cases]
    order = sorted(range(len(cases)), key=lambda at: len(cases[at].tokens))
    longest = max(len(case.tokens) + len(case.answer) for case in cases)
    rows = max(1, BATCH // longest)
    found: dict[int, torch.Tensor] = {}
    for first in range(0, len(order), rows):
        chosen = order[first : first + rows]
        lines = [torch.cat([cases[at].tokens, spelt[at]]) for at in chosen]
        tokens = torch.nn.utils.rnn.pad_sequence(lines, batch_first=True, padding_value=2)
        hidden = model.original_model.model(input_ids=tokens, use_cache=False).last_hidden_state
        for row, at in enumerate(chosen):
            begin = len(cases[at].tokens) - 1
            logits = model.original_model.lm_head(hidden[row, begin : begin + len(spelt[at])])
            right = logits.argmax(-1) == spelt[at]
            if len(spelt[at]) > len(cases[at].answer):
                right = torch.cat([right[:2].all()[None], right[2:]])
            found[at] = right
    return [found[at] for at in range(len(cases))]


def share(right: Sequence[torch.Tensor]) -> dict[str, float]:
    """Exact match, share of right first tokens and of right tokens, and how many cases."""
    return {
        "exact": sum(bool(one.all()) for one in right) / len(right),
        "first": sum(bool(one[0]) for one in right) / len(right),
        "tokens": float(torch.cat(list(right)).float().mean()),
        "cases": len(right),
    }


def grid(model: Any, needles: list[rh.Needle], prompt: rh.Prompt, lengths: Sequence[int]) -> Any:
    """Shares of right answers by length and depth."""
    hay = held_out_haystack()
    return {
        str(length): {
            str(depth): share(
                said(
                    model, rh.niah(model.tokenizer, needles, hay, [length], [depth], prompt=prompt)
                )
            )
            for depth in DEPTHS
        }
        for length in lengths
    }


def counted(model: Any, among: dict[str, list[rh.Case]]) -> Any:
    """Shares of cases answered at once, and answered as rh_lens counts: anywhere in a reply of at
    most 32 tokens more than the right answer has."""
    return {
        name: {
            **share(said(model, cases)),
            "found": fmean(rh.Greedy()(model, case).found for case in cases),
        }
        for name, cases in among.items()
    }


def by_place(model: Any, among: Sequence[Template]) -> Any:
    """Shares of right answers by where in their sentence they stand, of four draws of templates.

    What the question shares with a sentence that its answer opens comes after it.
    """
    needles = [one for seed in range(1, 5) for one in unseen_needles(len(among), seed, among)]
    by = {
        "opens its sentence": [needle for needle in needles if not needle.stem],
        "stands within it": [needle for needle in needles if needle.stem],
    }
    return {place: share(said(model, hidden(model, its, rh.Prompt()))) for place, its in by.items()}


def hand_written(model: Any, prompt: rh.Prompt) -> Any:
    """Shares of right answers to the bundled needles, in the default haystack, by language."""
    found: dict[str, Any] = {}
    for length in LENGTHS[:-1]:
        cases = rh.niah(
            model.tokenizer, rh.needles(), rh.Haystack(), [length], [0.5], prompt=prompt
        )
        right = said(model, cases)
        by: dict[str, list[torch.Tensor]] = {"English": [], "German": [], "Chinese": []}
        for one, case in zip(right, cases, strict=True):
            kind = str(case.labels["kind"])
            by[kind if kind in by else "English"].append(one)
        for language, its in by.items():
            found.setdefault(language, {})[str(length)] = share(its)
    return found


def tasks(model: Any) -> Any:
    """Shares of right answers to other tasks of rh_lens, with their own prompts."""
    spelling, hay = model.tokenizer, rh.Haystack()
    after = rh.Prompt()
    made = {
        "passkey": rh.passkey(spelling, [LENGTH], DEPTHS, count=CASES // len(DEPTHS)),
        "passkey, default prompt": rh.passkey(
            spelling, [LENGTH], DEPTHS, count=CASES // len(DEPTHS), prompt=after
        ),
        "multi_key": rh.multi_key(spelling, [LENGTH], count=CASES),
        "multi_key, default prompt": rh.multi_key(spelling, [LENGTH], count=CASES, prompt=after),
        "key_value, 10 pairs": rh.key_value(spelling, [10], CASES),
        "key_value, 40 pairs": rh.key_value(spelling, [40], CASES),
        "counterfactual": rh.counterfactual(spelling, [LENGTH], [0.1, 0.5, 0.9], haystack=hay),
        "documents, 10": rh.documents(spelling, CASES),
        "repeats, 50 tokens": rh.repeats(spelling, 50, CASES),
        "repeats, 200 tokens": rh.repeats(spelling, 200, CASES // 2),
    }
    return {name: share(said(model, cases)) for name, cases in made.items()}


def means(scores: rh.HeadScores) -> list[list[float]]:
    return [[round(float(x), 4) for x in row] for row in scores.mean]


def answered(model: Any, cases: Sequence[rh.Case]) -> float:
    return share(said(model, cases))["exact"]


def ending(model: Any, cases: Sequence[rh.Case]) -> float:
    """The share of greedy replies that end in a full stop, EOS or both within three tokens of
    the answer, among those that begin with the answer."""
    stops = {model.tokenizer.eos_token_id, *model.tokenizer.encode(".", add_special_tokens=False)}
    ended = []
    for case in cases:
        limit = len(case.answer) + 3
        tokens = rh.Greedy(max_new_tokens=limit, stop=())(model, case).tokens.tolist()
        if tokens[: len(case.answer)] == case.answer.tolist():
            ended.append(bool(stops & set(tokens[len(case.answer) :])))
    return sum(ended) / len(ended) if ended else float("nan")


def ablations(model: Any, cases: Sequence[rh.Case], scores: rh.HeadScores, *, most: int = 3) -> Any:
    """Exact match without the top 1, 2, ... heads, and without ten draws of as many other heads.

    Of cases that the model answers with all its heads.

    A control has as many heads of each layer as the top ones, none of them among the top `most`.
    """
    found: dict[str, Any] = {"0": {"exact": answered(model, cases)}}
    every = rh.all_heads(model.cfg.n_layers, model.cfg.n_heads)
    draws = [rh.matched_heads(every, scores.top(most), seed=seed) for seed in range(10)]
    for count in range(1, most + 1):
        top = scores.top(count)
        with rh.ZeroOutput(top).on(model):
            without = answered(model, cases)
        controls = []
        for drawn in draws:
            with rh.ZeroOutput(drawn[:count]).on(model):
                controls.append(answered(model, cases))
        found[str(count)] = {"heads": list(map(str, top)), "exact": without, "controls": controls}
    return found


def anywhere(model: Any, cases: Sequence[rh.Case], scores: rh.HeadScores) -> Any:
    """Exact match without one, two or three heads that are no retrieval heads, of any layer."""
    near = scores.above(NEAR)
    every = rh.all_heads(model.cfg.n_layers, model.cfg.n_heads)
    found: dict[str, list[float]] = {}
    for count in (1, 2, 3):
        for seed in range(10):
            with rh.ZeroOutput(rh.random_heads(every, count, besides=near, seed=seed)).on(model):
                found.setdefault(str(count), []).append(answered(model, cases))
    return found


def output_norms(model: Any) -> list[list[float]]:
    """The size of what each head can write: the norm of its part of W_O."""
    return [
        [round(float(head.detach().norm()), 3) for head in model.blocks[layer].attn.W_O]
        for layer in range(model.cfg.n_layers)
    ]


def each_alone(model: Any, cases: Sequence[rh.Case]) -> list[list[float]]:
    """Exact match without each single head."""
    found = []
    for layer in range(model.cfg.n_layers):
        row = []
        for index in range(model.cfg.n_heads):
            with rh.ZeroOutput([rh.Head(layer, index)]).on(model):
                row.append(answered(model, cases))
        found.append(row)
    return found


@torch.no_grad()
def prose_loss(model: Any) -> float:
    """Nats per token on held-out prose, in windows of 512."""
    tokens = torch.tensor(model.tokenizer.encode(text.held_out(), add_special_tokens=False))
    total = []
    for window in tokens[: len(tokens) // 511 * 511].view(-1, 511)[:8]:
        line = torch.cat([torch.tensor([0]), window])[None]
        logits = model.original_model(input_ids=line, use_cache=False).logits[0, :-1]
        total.append(F.cross_entropy(logits, line[0, 1:]))
    return float(torch.stack(total).mean())


@dataclass(frozen=True)
class Plain:
    """The model without hooks, which reads several times faster."""

    original_model: LlamaForCausalLM
    tokenizer: Any


def hidden(model: Any, needles: Sequence[rh.Needle], prompt: rh.Prompt) -> list[rh.Case]:
    """Each needle once, in the middle of unseen prose."""
    hay = held_out_haystack()
    return rh.niah(model.tokenizer, needles, hay, [LENGTH], [0.5], prompt=prompt)


def asked(model: Any, prompt: rh.Prompt) -> list[rh.Case]:
    """A needle of every second held-out template: what the heads are asked."""
    return hidden(model, unseen_needles(len(HELD_OUT[::2]), among=HELD_OUT[::2]), prompt)


def able(model: Any, prompt: rh.Prompt) -> list[rh.Case]:
    """Those that the model answers, of which ablations are told."""
    cases = asked(model, prompt)
    return [case for case, one in zip(cases, said(model, cases), strict=True) if one.all()]


def hand_written_cases(model: Any) -> list[rh.Case]:
    return rh.niah(model.tokenizer, rh.needles()[:24], rh.Haystack(), [LENGTH], [0.5])


def of_answers(model: Any, plain: Plain) -> dict[str, Callable[[], Any]]:
    """What is measured of its answers, by name."""
    needles, default = unseen_needles(len(HELD_OUT)), rh.Prompt()
    kept_out = unseen_needles(len(WATCHED), among=WATCHED)
    clean = unseen_needles(2 * len(CLEAN), among=CLEAN)  # the first half has each once
    return {
        "parameters": lambda: sum(p.numel() for p in model.original_model.parameters()),
        "default": lambda: {
            **grid(plain, needles, default, LENGTHS[:-1]),
            **grid(plain, needles[::2], default, LENGTHS[-1:]),
        },
        "clean": lambda: {
            **grid(plain, clean, default, LENGTHS[:2]),
            **grid(plain, clean[: len(CLEAN)], default, LENGTHS[2:3]),
            **grid(plain, clean[: len(CLEAN) // 2], default, LENGTHS[3:]),
        },
        "kept out": lambda: {
            **grid(plain, kept_out, default, LENGTHS[:-1]),
            **grid(plain, kept_out[::2], default, LENGTHS[-1:]),
        },
        "stem": lambda: {
            **grid(plain, with_stem(needles), STEM, LENGTHS[:-1]),
            **grid(plain, with_stem(needles)[::2], STEM, LENGTHS[-1:]),
        },
        "stem, kept out": lambda: {
            **grid(plain, with_stem(kept_out), STEM, LENGTHS[:-1]),
            **grid(plain, with_stem(kept_out)[::2], STEM, LENGTHS[-1:]),
        },
        "counted": lambda: counted(
            model,
            {
                "clean": hidden(model, clean, default),
                "held-out": hidden(model, unseen_needles(2 * len(needles)), default),
                "hand-written English": hand_written_cases(model),
            },
        ),
        "by place": lambda: {
            "clean": by_place(plain, CLEAN),
            "held-out": by_place(plain, HELD_OUT),
        },
        "hand-written": lambda: hand_written(plain, default),
        "hand-written, stem": lambda: hand_written(plain, STEM),
        "tasks": lambda: tasks(plain),
        "prose loss": lambda: prose_loss(plain),
        "ending": lambda: ending(model, asked(model, default)),
    }


def of_heads(model: Any) -> dict[str, Callable[[], Any]]:
    """What is measured of its heads, by name; the last four silence some, which takes longest."""
    default = rh.Prompt()
    cases, begun = asked(model, default), asked(model, STEM)
    repeats = rh.repeats(model.tokenizer, 50, 8)
    score, retrieval, forced = (
        partial(rh.score_heads, model), rh.RetrievalScore(), rh.TeacherForced()
    )  # fmt: skip

    return {
        "output norms": lambda: output_norms(model),
        "retrieval, answers that it gives": lambda: means(score(cases, retrieval)),
        "retrieval, given answers": lambda: means(score(cases, retrieval, answering=forced)),
        "retrieval, answers begun": lambda: means(score(begun, retrieval)),
        "retrieval, hand-written": lambda: means(score(hand_written_cases(model), retrieval)),
        "induction": lambda: means(score(repeats, rh.InductionScore(), answering=forced)),
        "previous token": lambda: means(score(repeats, rh.PreviousTokenScore(), answering=forced)),
        "ablation": lambda: ablations(model, able(model, default), score(begun, retrieval)),
        "ablation, answers begun": lambda: ablations(
            model, able(model, STEM), score(begun, retrieval)
        ),
        "anywhere": lambda: anywhere(model, able(model, default), score(begun, retrieval)),
        "alone": lambda: each_alone(model, able(model, default)[:12]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--answers", action="store_true", help="measure nothing of its heads")
    given = parser.parse_args()
    report = given.report
    found = json.loads(report.read_text()) if report.exists() else {}
    model = rh.load(given.model.resolve(), device="cpu")
    plain = Plain(LlamaForCausalLM.from_pretrained(given.model).float().eval(), model.tokenizer)
    measurements = of_answers(model, plain) | ({} if given.answers else of_heads(model))
    for name, measure in measurements.items():
        if name not in found:
            found[name] = measure()
            report.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
