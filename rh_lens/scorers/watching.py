"""Score heads while the user's own code generates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.gate import ExactMatch, Gate
from rh_lens.model.hooks import Model
from rh_lens.model.reply import Reply
from rh_lens.model.watch import Sighting, stacked, watch
from rh_lens.scorers.scorer import Scorer


@dataclass(eq=False)
class Watch:
    """What was seen of a model that answered a case in somebody else's loop."""

    model: Model
    case: Case
    scorer: Scorer
    gate: Gate
    seen: Sighting = field(repr=False)
    last: int | None = None

    def said(self, token: int) -> None:
        """Tell the last token of the answer, if your loop did not take the likeliest.

        A loop ends without feeding its last token back, so nobody else can know it.
        """
        self.last = token

    @property
    def reply(self) -> Reply:
        """The tokens that followed the prompt. The last is the likeliest one, unless told."""
        prompt = len(self.case)
        if len(self.seen.tokens) < prompt:
            raise ValueError(
                "the model was not given this case's prompt, so there is nothing to score: "
                "start your loop from case.tokens"
            )
        last = self.seen.likeliest if self.last is None else self.last
        tokens = torch.tensor([*self.seen.tokens[prompt:], last])
        return Reply(self.case, tokens, self.gate.passes(tokens, self.case, self.model.tokenizer))

    @property
    def scores(self) -> Float[Tensor, "layer head"]:
        """Every head's score on the latest answer, right or wrong (see `reply.found`)."""
        reply = self.reply
        rows = self.scorer.rows(reply)
        if rows.stop > len(self.seen.tokens):
            raise ValueError(
                f"{self.scorer} asks for the attention of the last token said, which your loop did "
                "not feed back: let it take one step more"
            )
        return torch.stack(
            [
                self.scorer.score(stacked(self.seen, layer, rows), reply)
                for layer in range(self.model.cfg.n_layers)
            ]
        )


@contextmanager
def watching(
    model: Model, case: Case, scorer: Scorer, *, gate: Gate = ExactMatch()
) -> Iterator[Watch]:
    """Score heads while your own code generates: `with rh.watching(model, case, scorer) as watch:`.

    Works with `model.generate`, a sampling loop or an agent, with a KV cache or without, one
    sequence at a time. Of several answers to the case the latest counts; other prompts are
    ignored. The rows of all layers are kept until you ask for `watch.scores`: layers x heads x
    answer x prompt numbers of four bytes.
    """
    unsaid = Reply(case, case.answer[:1], False)
    first = min(scorer.rows(unsaid).start, len(case) - 1)
    with watch(model, case, first) as seen:
        yield Watch(model, case, scorer, gate, seen)
