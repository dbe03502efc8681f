"""Haystack: the text in which a needle is hidden."""

import os
import pydoc_data.topics
import re
from dataclasses import dataclass, field
from pathlib import Path

# a full stop that ends no initial, title or "e.g." and stands before no small letter; a full-width
# stop; an empty line, since one line break may be a wrapped line
BOUNDARY = re.compile(
    r"""
    (?: (?<!\b[A-Za-zА-Яа-я]) (?<!\b(?:Dr|Mr|Ms|St)) (?<!\bMrs) \. | [!?] ) ["')\]”’»]* \s+
        (?= ["'(\[“‘„«¿¡]? (?![_a-zß-öø-ÿα-ωа-я]) \w )
    | [。！？] [”’」』）]* \s*
    | \n [^\S\n]* \n \s*
    """,
    re.VERBOSE,
)
EMPHASIS = re.compile(r"(?<![\w\"“])(\*\*?|``?)([^\s*`\"](?:[^*`\"]*[^\s*`\"])?)\1(?!\w)")


@dataclass(frozen=True)
class Haystack:
    """Filler text, and the places between its sentences where a needle may stand.

    Args:
        source: A `.txt` file, a folder of them (read in the order of their names), or the text
            itself. Without one: the prose of the Python language reference that every Python
            carries (`pydoc_data.topics`), about 180 000 characters, cleaned of headings, code and
            markup. Its wording differs a little between Python versions.
    """

    source: str | Path | None = None
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        text = python_prose() if self.source is None else _read(self.source)
        if not text.strip():
            raise ValueError(
                f"the haystack {self.source!r} is empty: give a file, a folder or a text with words"
            )
        object.__setattr__(self, "text", text.strip())

    def boundaries(self, stop: int) -> list[int]:
        """Characters before `stop` at which a sentence begins, the text's own beginning apart."""
        ends = (match.end() for match in BOUNDARY.finditer(self.text, 0, stop))
        return [end for end in ends if end < stop]


def python_prose() -> str:
    """The Python language reference, as plain paragraphs in the order of their topics."""
    topics = pydoc_data.topics.topics
    blocks = (block for name in sorted(topics) for block in re.split(r"\n\s*\n", topics[name]))
    prose = (_unmarked(block) for block in blocks if _is_prose(block))
    return "\n".join(dict.fromkeys(prose))  # several topics quote the same paragraph


def _is_prose(block: str) -> bool:
    """A paragraph of sentences, not code, grammar, a table or a heading: evenly indented words."""
    lines = block.strip("\n").split("\n")
    even = len({len(line) - len(line.lstrip()) for line in lines}) == 1
    text = block.strip()
    sentence = text[:1].isupper() and text.endswith(".") and len(text.split()) >= 12
    words = sum(c.isalpha() or c.isspace() for c in text) >= 0.85 * len(text)
    return even and sentence and words


def _unmarked(block: str) -> str:
    joined = re.sub(r"(?<=\w-)\n(?=\w)", "", block.strip())  # "built-\nin" is one word
    return re.sub(r"\s+", " ", EMPHASIS.sub(r"\2", joined))


def _read(source: str | Path) -> str:
    if isinstance(source, str) and not _names_a_file(source):
        return source
    path = Path(source)
    if not path.exists():
        raise ValueError(f"there is no haystack at {str(path)!r}: check the path")
    texts = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    if not texts:
        raise ValueError(f"the folder {str(path)!r} holds no .txt files: put the haystack there")
    return "\n\n".join(_decoded(text) for text in texts)


def _names_a_file(source: str) -> bool:
    one_line = "\n" not in source and len(source) < 1024
    return one_line and (source.endswith(".txt") or os.path.isdir(source))


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{str(path)!r} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from error
