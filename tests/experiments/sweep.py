"""A run over 17 cases, to be killed: `python sweep.py journal`."""

import sys

import torch

import rh_lens as rh

torch.set_num_threads(2)
model = rh.load()
prompt = rh.Prompt("{haystack}\n\nQuestion: {question}\nAnswer: {stem}")
needles = [needle for needle in rh.needles() if needle.kind in ("date", "name")]
cases = rh.niah(model.tokenizer, needles, rh.Haystack(), [256], [0.2, 0.7], prompt=prompt)
cases += rh.without_needle(cases[:1])
scorers = [rh.RetrievalScore(), rh.QueryFocusedScore()]

if __name__ == "__main__":
    rh.score_heads(model, cases, scorers, journal=rh.Journal(sys.argv[1]))
