"""Reply: what a model answers to a case."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Case
from rh_lens.model.context import Context, empty
from rh_lens.model.gate import ExactMatch, Gate, holds
from rh_lens.model.hooks import Model

NO_PROMPT = "the case has an empty prompt: give it tokens"
SPARE = 32  # tokens that a model may spend on more than the answer, where no limit is given

# how chat models end their turn, beside EOS
END_OF_TURN = (
    "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>", "<|end_of_turn|>",
    "<|endoftext|>", "<|END_OF_TURN_TOKEN|>", "<|user|>", "<|return|>", "<turn|>",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reply:
    """What was said to a case, token by token, and whether that counts as right."""

    case: Case
    tokens: Int[Tensor, " step"]
    found: bool
    context: Context | None = field(default=None, repr=False)  # all the prompt but its last token

    def text(self, tokenizer: Any) -> str:
        """The reply as text, or as ids where there is no tokenizer."""
        ids = self.tokens.tolist()
        return " ".join(map(str, ids)) if tokenizer is None else str(tokenizer.decode(ids))


class Answering(ABC):
    """Subclasses say where a reply comes from."""

    @abstractmethod
    def __call__(self, model: Model, case: Case, context: Context | None = None) -> Reply:
        """The reply to a case. A context in which its prompt has been read, all but the last token,
        saves reading it again; the reply hands it back as it came."""


@dataclass(frozen=True)
class Greedy(Answering):
    """Let the model answer in its own words: the likeliest token, again and again.

    If its first token is right, the right answer serves as a draft. One forward pass shows how far
    the model would have said the same; decoding goes on step by step from the first disagreement.
    The tokens are those of plain greedy decoding.

    Args:
        max_new_tokens: How many tokens to decode (Wu et al. 2024: 50). None: until the right answer
            has been said in full, for at most 32 tokens more than it has. Either way the reply ends
            where the model's context does.
        stop: Token ids or texts that end the reply, which keeps them. None: EOS and the
            end-of-turn tokens that the tokenizer has.
        gate: What counts as having found the needle.
    """

    max_new_tokens: int | None = None
    stop: tuple[int | str, ...] | None = None
    gate: Gate = ExactMatch()

    def __post_init__(self) -> None:
        if self.max_new_tokens is not None and self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens is {self.max_new_tokens}: ask for at least 1")

    def __call__(self, model: Model, case: Case, context: Context | None = None) -> Reply:
        _require(len(case.answer) > 0, "the case has no answer to hope for: give it one")
        room = model.cfg.n_ctx - len(case) + 1  # the last token said need not be read
        limit = min(self.max_new_tokens or len(case.answer) + SPARE, max(room, 1))
        ends = _ending(model.tokenizer, self.stop)
        _require(len(case) > 0, NO_PROMPT)
        context = context or empty(model)

        def over() -> bool:
            answered = self.max_new_tokens is None and holds(torch.tensor(said), case.answer)
            return len(said) >= limit or answered or ends(said)

        with context.hurry():
            said = [int(context.ask(case.tokens[len(context) :]).argmax())]
            draft = case.answer[: limit - 1].tolist()
            if said == draft[:1] and not over():
                expected = zip(_likeliest(context, draft), [*draft[1:], None], strict=True)
                for token, guess in expected:
                    said.append(token)
                    if over() or token != guess:
                        break
                context.rewind(len(case) - 1 + len(said))
            while not over():
                said += _likeliest(context, said[-1:])
        context.rewind(len(case) - 1)
        tokens = torch.tensor(said)
        return Reply(case, tokens, self.gate.passes(tokens, case, model.tokenizer), context)


@dataclass(frozen=True)
class TeacherForced(Answering):
    """Put the right answer in the model's mouth: every case counts as found."""

    def __call__(self, model: Model, case: Case, context: Context | None = None) -> Reply:
        _require(len(case.answer) > 0, "the case has no answer to put in the model's mouth")
        return Reply(case, case.answer.cpu(), True, context or prefill(model, case))


def prefill(model: Model, case: Case) -> Context:
    """All of the prompt but its last token, read."""
    _require(len(case) > 0, NO_PROMPT)
    context = empty(model)
    context.read(case.tokens[:-1])
    return context


def _likeliest(context: Context, tokens: list[int]) -> list[int]:
    said: list[int] = context.say(torch.tensor(tokens)).argmax(dim=-1).tolist()
    return said


def _ending(tokenizer: Any, stop: Iterable[int | str] | None) -> Callable[[list[int]], bool]:
    """A test of whether a reply has come to its end."""
    wanted = _turn_ends(tokenizer) if stop is None else tuple(stop)
    ids = {end for end in wanted if isinstance(end, int)}
    texts = [end for end in wanted if isinstance(end, str)]
    if texts and tokenizer is None:
        raise ValueError(f"stop={texts} needs a tokenizer, and this model has none: give token ids")

    def ended(said: list[int]) -> bool:
        return said[-1] in ids or (
            bool(texts) and any(text in tokenizer.decode(said) for text in texts)
        )

    return ended


def _turn_ends(tokenizer: Any) -> tuple[int, ...]:
    if tokenizer is None:
        return ()
    added = tokenizer.get_added_vocab()
    ends = {added[token] for token in END_OF_TURN if token in added}
    if tokenizer.eos_token_id is not None:
        ends.add(tokenizer.eos_token_id)
    return tuple(sorted(ends))


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise ValueError(otherwise)
