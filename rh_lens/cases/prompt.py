"""Prompt: how a haystack and a question become what a model reads."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from string import Formatter
from typing import Any

from jaxtyping import Int
from torch import Tensor

from rh_lens.cases.case import Spans
from rh_lens.cases.passage import Passage

QUESTION_AFTER_TEXT = "{haystack}\n\nQuestion: {question}\nAnswer:"


class PromptFormat(ABC):
    """Subclasses say how the filled template reaches the model."""

    template: str

    def fill(self, haystack: Passage, question: str, stem: str) -> Passage:
        """The template with its slots filled; what fills a slot bears the slot's name."""
        slots = {"haystack": haystack, "question": Passage(question), "stem": Passage(stem)}
        whole = Passage("")
        for literal, slot, _, _ in Formatter().parse(self.template):
            whole += Passage(literal)
            if slot is not None:
                whole += slots[slot].named(slot)
        return whole

    @abstractmethod
    def tokenize(self, tokenizer: Any, passage: Passage) -> tuple[Int[Tensor, " pos"], Spans]:
        """Tokens of the whole prompt, and its named spans."""


def _check_slots(template: str) -> None:
    slots = sorted(slot for _, slot, _, _ in Formatter().parse(template) if slot is not None)
    if slots not in (["haystack", "question"], ["haystack", "question", "stem"]):
        raise ValueError(
            f"the template {template!r} has the slots {slots}: it needs {{haystack}} and "
            "{question}, each once, and may use {stem}, the needle's words before its answer"
        )


@dataclass(frozen=True)
class Prompt(PromptFormat):
    """Plain text, for base models.

    Args:
        template: Text with the slots {haystack} and {question}, and optionally {stem}: the fact's
            own words before its answer, which let a weak model begin the answer.
        bos: Whether the prompt begins with the BOS token. TransformerLens' convention is yes, for
            models trained without one too.
    """

    template: str = QUESTION_AFTER_TEXT
    bos: bool = True

    def __post_init__(self) -> None:
        _check_slots(self.template)

    def tokenize(self, tokenizer: Any, passage: Passage) -> tuple[Int[Tensor, " pos"], Spans]:
        return passage.tokenize(tokenizer, bos=self.bos)


@dataclass(frozen=True)
class ChatPrompt(PromptFormat):
    """The user's turn of the tokenizer's own chat template, which also decides about BOS."""

    template: str = "{haystack}\n\nAnswer from the text above: {question}"

    def __post_init__(self) -> None:
        _check_slots(self.template)

    def tokenize(self, tokenizer: Any, passage: Passage) -> tuple[Int[Tensor, " pos"], Spans]:
        if not getattr(tokenizer, "chat_template", None):
            raise ValueError(
                f"{type(tokenizer).__name__} has no chat template: use Prompt() for a base model, "
                "or set tokenizer.chat_template"
            )
        turn = [{"role": "user", "content": passage.text}]
        try:
            framed = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # a template is a program of its own
            raise ValueError(
                f"the chat template fails on a user's message ({type(error).__name__}: {error}): "
                "set tokenizer.chat_template to another"
            ) from error
        if (times := framed.count(passage.text)) != 1:
            raise ValueError(
                f"the chat template shows the user's message unchanged {times} times: rh_lens "
                "needs it once; set a template that keeps it, and begin and end yours with a word"
            )
        before, _, after = framed.partition(passage.text)
        whole = Passage(before) + passage + Passage(after)
        tokens, spans = whole.tokenize(tokenizer, bos=False)
        bos = tokenizer.bos_token_id
        if bos is not None:
            own, _ = Passage(before + after).tokenize(tokenizer, bos=False)
            if (extra := int((tokens == bos).sum() - (own == bos).sum())) > 0:
                raise ValueError(
                    f"the text spells the BOS token {tokenizer.bos_token!r} {extra} times: "
                    "take it out of the haystack or the template"
                )
        return tokens, spans
