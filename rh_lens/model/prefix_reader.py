"""Read many prompts with one context, and what they have in common once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from rh_lens.cases.case import Case
from rh_lens.model.context import Context, empty
from rh_lens.model.hooks import Model
from rh_lens.model.prefix_plan import plan, shared


class Reader:
    """Holds the KV cache of the case read last, and takes the next one up where the two part.

    Cases taken in `order` share the most; any of them may be left out, and any order is right. What
    a case's context holds depends on the case and on which others the reader was made for, to the
    last bit; not on which of them were read before.
    """

    def __init__(self, model: Model, cases: Sequence[Case]):
        self.model = model
        self.prompts = [case.tokens[:-1].cpu() for case in cases]
        planned = plan(self.prompts)
        self.order, self.stops = planned.order, planned.stops
        self.context = empty(model)
        self.held = torch.empty(0, dtype=torch.long)  # what of the context was read here, as here

    @contextmanager
    def reading(self, index: int) -> Iterator[Context]:
        """A context in which a case's prompt has been read, all but the last token.

        The block may read on with it, and rewind it.
        """
        prompt, stops = self.prompts[index], self.stops[index]
        context, held = self.context, self.held
        # whatever fails leaves a context behind in which nobody knows what has been read
        self.context, self.held = empty(self.model), self.held[:0]
        common = shared(held, prompt)
        known = max((stop for stop in stops if stop <= common), default=0)
        context.rewind(known)
        for stop in stops:
            if stop > known:
                context.read(prompt[len(context) : stop])
        context.lowest = len(context)
        yield context
        self.context, self.held = context, prompt[: context.lowest]
