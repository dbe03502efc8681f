"""Rewording: put other words into a needle, so that every token stays in its place."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rh_lens.cases.needle import Needle
from rh_lens.cases.passage import Passage, stating

SENTENCE, GAPS = Passage("That is so."), (Passage(" "), Passage("\n"))  # what a fact stands among


@dataclass(frozen=True)
class Wording:
    """A needle, cut into parts that can be replaced one by one.

    Attributes:
        said: Which of the parts are the answer.
    """

    parts: tuple[str, ...]
    said: range
    like: Needle

    @property
    def needle(self) -> Needle:
        answer = "".join(self.parts[self.said.start : self.said.stop])
        return replace(self.like, fact="".join(self.parts), answer=answer)

    def put(self, place: int, words: str) -> "Wording":
        return replace(self, parts=(*self.parts[:place], words, *self.parts[place + 1 :]))


@dataclass(frozen=True)
class Placed:
    """The first token of a needle's answer, and how many tokens precede, state and follow it: after
    a space, and at the beginning of a line, where words may be spelt otherwise.

    The last of the counts is of tokens that stand for what the tokenizer cannot spell.
    """

    first: tuple[int, ...]
    counts: tuple[tuple[int, int, int, int], ...]


def placed(tokenizer: Any, needle: Needle) -> Placed:
    """A needle among sentences, as tokens."""
    first, counts = [], []
    for gap in GAPS:
        whole = SENTENCE + gap + stating(needle.fact, needle.answer) + gap + SENTENCE
        tokens, spans = whole.tokenize(tokenizer, bos=False)
        (said,) = spans["answer"]
        unknown = tokens.tolist().count(tokenizer.unk_token_id)
        first.append(int(tokens[said.start]))
        counts.append((said.start, len(said), len(tokens) - said.stop, unknown))
    return Placed(tuple(first), tuple(counts))


def reworded(
    tokenizer: Any,
    wording: Wording,
    chosen: Sequence[int],
    words: Callable[[str], Iterable[str]],
    *,
    avoided: Collection[int] = (),
) -> Needle:
    """The needle with each of the chosen parts replaced, in turn, by the first words that fit.

    Args:
        words: What may stand in place of a part, in the order of preference.
        avoided: Tokens with which the answer must not begin.

    Raises:
        ValueError: There is a part in whose place none of its words fit.
    """
    counts = placed(tokenizer, wording.needle).counts
    for place in chosen:
        trials = (wording.put(place, other) for other in words(wording.parts[place]))
        fitting = (
            trial
            for trial in trials
            if (at := placed(tokenizer, trial.needle)).counts == counts
            and not set(avoided).intersection(at.first)
        )
        found = next(fitting, None)
        if found is None:
            raise ValueError(
                f"no other words fit in the place of {wording.parts[place]!r} in "
                f"{wording.like.fact!r} with as many tokens: offer other words"
            )
        wording = found
    return wording.needle
