"""Read many prompts with one context, and what they have in common once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile

import torch

from rh_lens.cases.case import Case
from rh_lens.model.context import Context, empty
from rh_lens.model.hooks import Model
from rh_lens.model.memory import OutOfMemory, memory_errors
from rh_lens.model.prefix_plan import plan, shared


class Reader:
    """Holds the KV cache of the case read last, and takes the next one up where the two part.

    Cases taken in `order` share the most; any of them may be left out, and any order is right. What
    a case's context holds depends on the case and on which others the reader was made for, to the
    last bit; not on which of them were read before, unless several are read at once.

    Args:
        batch_size: How many prompts may be read at once, where they are of one length and part at
            the same place. What their contexts hold then also depends on how many these are, as
            far as sums of floats depend on their order.
    """

    def __init__(self, model: Model, cases: Sequence[Case], batch_size: int = 1):
        self.model = model
        self.prompts = [case.tokens[:-1].cpu() for case in cases]
        planned = plan(self.prompts)
        self.order, self.stops = planned.order, planned.stops
        self.batch_size = batch_size
        self.context = empty(model)
        self.held = torch.empty(0, dtype=torch.long)  # what of the context was read here, as here
        self.ahead: dict[int, Context] = {}  # read already, with others

    @contextmanager
    def reading(self, index: int, *later: int) -> Iterator[Context]:
        """A context in which a case's prompt has been read, all but the last token.

        The block may read on with it, and rewind it. What will be asked for next may be said, so
        that some of it is read along.
        """
        context = self.ahead.pop(index, None) or self._read([index, *self._alike(index, later)])
        context.lowest = len(context)
        yield context
        self.context, self.held = context, self.prompts[index][: context.lowest]

    def _read(self, batch: Sequence[int]) -> Context:
        """The context of the first of these; those of the others are kept until asked for."""
        prompt, stops = self.prompts[batch[0]], self.stops[batch[0]]
        context, held = self.context, self.held
        # whatever fails leaves a context behind in which nobody knows what has been read
        self.context, self.held, self.ahead = empty(self.model), self.held[:0], {}
        common = shared(held, prompt)
        known = max((stop for stop in stops if stop <= common), default=0)
        context.rewind(known)
        with context.hurry():
            for stop in stops[: -1 if len(batch) > 1 else None]:
                if stop > known:
                    context.read(prompt[len(context) : stop])
        if len(batch) == 1:
            return context
        rests = torch.stack([self.prompts[index][len(context) :] for index in batch])
        with suppress(OutOfMemory), memory_errors():
            self.ahead = dict(zip(batch, context.read_each(rests), strict=True))
            return self.ahead.pop(batch[0])
        context.read(rests[0])  # for one it may suffice
        return context

    def _alike(self, index: int, later: Sequence[int]) -> list[int]:
        """The next cases, as far as their last stretch can be read together with this one's."""
        stops = self.stops[index]
        parting = stops[-2] if len(stops) > 1 else 0

        def fits(other: int) -> bool:
            common = shared(self.prompts[index], self.prompts[other])
            return self.stops[other] == stops and parting <= common < stops[-1]

        return list(takewhile(fits, later[: self.batch_size - 1]))
