"""Planted models in which it is known what carries the answer."""

import torch
from planted import Stream

import rh_lens as rh
from rh_lens.cases.pair import Pair

BOS, CUE, NEEDLE, OTHER = 0, 1, [2, 3, 4], [5, 6, 7]  # filler: 8 to 15
BEFORE = [BOS, 9, 12, 8]
PROMPT = [*BEFORE, CUE, *NEEDLE, 10, 14, 11, CUE]
CASE = rh.Case(
    torch.tensor(PROMPT),
    torch.tensor(NEEDLE),
    needle=range(len(BEFORE) + 1, len(BEFORE) + 1 + len(NEEDLE)),
    rival=torch.tensor(OTHER),
)
BUSY, IDLE = rh.Head(0, 0), rh.Head(0, 1)  # of `copying`: one writes what none reads, one nothing
PREVIOUS, COPY = rh.Head(0, 0), rh.Head(1, 1)  # COPY is the head that answers


def saved(planted, kind, folder):
    planted.save_pretrained(folder)
    return rh.load(folder, kind=kind)


def stream():
    return Stream(vocab=16, positions=48, n_heads=4, d_head=48)


def copying(kind, folder):
    """COPY answers all by itself."""
    of = stream()
    said = {"carries": ("token", "said")}
    layers = [[of.previous(), of.sink()], [of.sink(), of.copy([CUE, *NEEDLE], **said)]]
    return saved(of.plant(layers), kind, folder)


def inducing(kind, folder):
    """COPY is an induction head: it answers, and PREVIOUS tells it where to look."""
    of = stream()
    said = {"carries": ("token", "said")}
    layers = [[of.previous(), of.sink()], [of.sink(), of.induction(**said)]]
    return saved(of.plant(layers), kind, folder)


def pair_with(replaced):
    """CASE, and the same with some of its tokens replaced."""
    tokens = CASE.tokens.clone()
    for position, token in replaced.items():
        tokens[position] = token
    return Pair(CASE, rh.Case(tokens, CASE.answer, CASE.needle, rival=CASE.rival))


OTHER_ANSWER = pair_with(dict(zip(CASE.needle, OTHER, strict=True)))
OTHER_CUE = pair_with({CASE.needle.start - 1: 15})
