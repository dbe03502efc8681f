"""Tokens, positions and numbers, put into words."""

from collections.abc import Sequence

from rh_lens.experiments.answer_attention import AnswerAttention


def check_step(seen: AnswerAttention, step: int) -> None:
    """Refuse a step that was not taken."""
    if not 0 <= step < len(seen.said):
        raise ValueError(
            f"step is {step}, and the reply has {len(seen.said)} tokens: count them from 0"
        )


def counted(number: int, what: str) -> str:
    """A number of things."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def place_of(seen: AnswerAttention, position: int) -> str:
    """A token, where it stands, and in what."""
    inside = "in the needle" if position in seen.needle else "outside the needle"
    if position >= seen.steps.start:
        inside = "in the answer"
    return f"“{shown(seen.read[position])}” at {position}, {inside}"


def shown(token: str, *, line_break: str = "↵") -> str:
    """A token as it is, with what cannot be seen spelt out."""
    if not token:
        return "∅"
    signs = [sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in token]
    text = "".join(signs).replace("\n", line_break)
    return text if text.strip() else text.replace(" ", "␣")


def rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, 4) for number in numbers]


def decimals(number: float) -> str:
    """Two of them, and no minus before a zero."""
    return f"{round(number, 2) + 0:.2f}"
