"""Needles whose words before the answer are those of the haystack instead."""

import rh_lens as rh
from rh_lens.cases.pair import Pair


def decoy(case):
    """A pair that differs in what points to the answer, not in the answer."""
    [fact] = case.spans["fact"]
    tokens = case.tokens.clone()
    tokens[fact.start : case.needle.start] = case.tokens[8 : 8 + case.needle.start - fact.start]
    return Pair(case, rh.Case(tokens, case.answer, case.needle))
