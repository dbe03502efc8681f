"""The pictures that explain retrieval heads: what one does while an answer is said; how few do."""

from collections.abc import Sequence
from html import escape

ANSWER = ["behind", "the", "blue", "barometer"]
BEFORE = ["The", "spare", "key", "hangs"]
CHARACTER, HEIGHT, GAP = 8.1, 30, 5  # pixels
TOP, SAID = 64, 214  # where the two rows of tokens begin
CELL = 24


def copying() -> str:
    """An answer that is said while a head looks at the same words in the prompt.

    Words stand for tokens. The question is shortened.
    """
    parts: list[str] = []
    x = 8.0
    places: list[float] = []

    def token(text: str, kind: str) -> float:
        nonlocal x
        width = len(text) * CHARACTER + 14
        parts.append(_token(text, x, TOP, width, kind))
        centre = x + width / 2
        x += width + GAP
        return centre

    def hay(*widths: int) -> None:
        nonlocal x
        for width in widths:
            parts.append(
                f'<rect class="hay" x="{x}" y="{TOP + 10}" width="{width}" height="10" rx="5"/>'
            )
            x += width + GAP
        x += GAP

    first = token("<s>", "plain")
    hay(22, 40)
    start = x
    for word in BEFORE:
        token(word, "needle")
    places += [token(word, "needle answer") for word in ANSWER]
    stop = x - GAP
    x += GAP
    hay(36, 22)
    asked = x
    for word in ("Where", "…", "hang?"):
        token(word, "plain")
    right = x
    own = [len(word) * CHARACTER + 14 for word in ANSWER]
    x = (start + stop) / 2 - (sum(own) + GAP * 3) / 2 + 60
    for step, (word, width, there) in enumerate(zip(ANSWER, own, places, strict=True)):
        parts.append(f'<g class="step step-{step}">')
        parts.append(_token(word, x, SAID, width, "said"))
        parts.append(_look(x + width / 2, SAID, there, TOP + HEIGHT, "look"))
        parts.append(_look(x + width / 2, SAID, first, TOP + HEIGHT, "rest"))
        parts.append("</g>")
        x += width + GAP
    labels = [
        _label((start + stop) / 2, TOP - 14, "the needle, anywhere in a long text", "middle"),
        _label(asked, TOP - 14, "the question", "start"),
        _label(x + 8, SAID + 20, "the model says", "start"),
        _label(places[-1] + 34, 150, "a retrieval head looks at", "start", "strong"),
        _label(places[-1] + 34, 168, "each word while it is said", "start", "strong"),
        _label(8, 150, "most heads rest", "start"),
        _label(8, 168, "on the first token", "start"),
    ]
    title = (
        "While the model says an answer, a retrieval head looks at the same words where they stand "
        "in the prompt; most heads rest on the first token."
    )
    return _svg(right + 4, SAID + HEIGHT + 12, title, [*parts, *labels], "copying")


def heads(means: Sequence[Sequence[float]], named: Sequence[str]) -> str:
    """The map of a model's heads: layers downwards, heads across, dark for most."""
    left, top = 34, 30
    parts = []
    for layer, row in enumerate(means):
        parts.append(_label(left - 8, top + layer * CELL + 16, f"L{layer}", "end"))
        for head, mean in enumerate(row):
            place = f'x="{left + head * CELL}" y="{top + layer * CELL}" '
            box = f'{place}width="{CELL - 3}" height="{CELL - 3}" rx="4"'
            measured = mean == mean
            shade = max(0.0, min(1.0, mean)) if measured else 0.0
            value = f"{mean:.2f}" if measured else "not measured"
            note = f"<title>L{layer}H{head}: {value}</title>"
            kind = "cell strong" if f"L{layer}H{head}" in named else "cell"
            parts.append(
                f'<g class="{kind}">{note}<rect class="none" {box}/>'
                f'<rect class="some" {box} fill-opacity="{shade:.3f}"/></g>'
            )
    across = len(means[0])
    parts += [
        _label(left + head * CELL + CELL / 2 - 1, top - 9, f"H{head}", "middle")
        for head in range(across)
    ]
    title = "Retrieval scores of the bundled model's heads, by layer"
    return _svg(left + across * CELL + 4, top + len(means) * CELL + 4, title, parts, "heads")


def _token(text: str, x: float, y: float, width: float, kind: str) -> str:
    return (
        f'<g class="token {kind}"><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT}" '
        f'rx="6"/><text x="{x + width / 2:.1f}" y="{y + 20}" text-anchor="middle">{escape(text)}'
        "</text></g>"
    )


def _look(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    middle = (y + to_y) / 2
    path = f"M{x:.1f},{y} C{x:.1f},{middle} {to_x:.1f},{middle} {to_x:.1f},{to_y + 3}"
    return f'<path class="{kind}" d="{path}"/>'


def _label(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    place = f'x="{x:.1f}" y="{y}" text-anchor="{anchor}"'
    return f'<text class="label {kind}" {place}>{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str], name: str) -> str:
    return (
        f'<svg class="rh-picture {name}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )
