"""The options that commands which ask a model have in common: which model, and what it is asked."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

import rh_lens as rh

Number = TypeVar("Number", int, float)


Kind = Literal["bridge", "hooked"]


Name = Annotated[
    str,
    typer.Option("--model", help="Hugging Face name, or a folder. (default: the bundled model)"),
]
LoadedAs = Annotated[Kind, typer.Option("--kind", help="TransformerLens class to load it as.")]
Device = Annotated[
    str, typer.Option(help="Such as cuda:0; auto: all GPUs together. (default: one, if any)")
]
Dtype = Annotated[str, typer.Option(help="float32, bfloat16 or float16.")]
Needles = Annotated[
    Path | None, typer.Option(help="JSONL of fact, question, answer. (default: bundled)")
]
Hay = Annotated[
    str,
    typer.Option(
        "--haystack", help="A .txt file or a folder of them. (default: Python's reference)"
    ),
]
Lengths = Annotated[str, typer.Option(help="Tokens of the whole prompt, with commas.")]
Depths = Annotated[str, typer.Option(help="Shares of the text before the needle, with commas.")]
Template = Annotated[
    str, typer.Option(help="Prompt with {haystack}, {question} and perhaps {stem}.")
]
Chat = Annotated[bool, typer.Option("--chat", help="Use the tokenizer's chat template.")]
Memory = Annotated[
    Path | None,
    typer.Option("--journal", help="Folder that remembers finished cases, to resume from."),
]


def prompt_format(template: str, chat: bool) -> Any:
    """Plain or chat, with the template or the usual one."""
    form = rh.ChatPrompt if chat else rh.Prompt
    return form(template) if template else form()


def loaded(name: str, kind: Kind, device: str, dtype: str) -> Any:
    """The model, which must be able to read text."""
    where: Any = {"device_map": "auto"} if device == "auto" else {"device": device or None}
    model = rh.load(name or None, kind=kind, dtype=dtype, **where)
    if model.tokenizer is None:
        raise ValueError(f"{name!r} has no tokenizer to write prompts with: add its files")
    return model


def numbers(option: str, text: str, kind: type[Number]) -> list[Number]:
    """Numbers with commas between them."""
    try:
        return [kind(number) for number in text.split(",")]
    except ValueError:
        example = "512,1024" if kind is int else "0,0.5,1"
        raise ValueError(
            f"--{option} got {text!r}: give numbers with commas, like {example}"
        ) from None
