"""Needle: a fact to hide, the question about it, and the answer to copy."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

# Wu et al. 2024 call the fact "needle" and the answer "real_needle"
REFERENCE_KEYS = {"needle": "fact", "real_needle": "answer"}


@dataclass(frozen=True)
class Needle:
    """A fact, a question only it answers, and the words of the fact that are the answer."""

    fact: str
    question: str
    answer: str
    kind: str = ""

    def __post_init__(self) -> None:
        if not self.answer.strip():
            raise ValueError(f"the needle {self.fact!r} has an empty answer: say what to copy")
        if self.answer not in self.fact:
            raise ValueError(
                f"the answer {self.answer!r} does not stand in the fact {self.fact!r}: "
                "a head can only copy words that are there, so quote the fact exactly"
            )

    @property
    def stem(self) -> str:
        """The fact up to its answer: how a sentence that states the answer begins."""
        return self.fact.partition(self.answer)[0].rstrip()


def needles(path: str | Path | None = None) -> list[Needle]:
    """The needles of a JSONL file, or the 32 that come with the package.

    One object a line, with `fact`, `question`, `answer` and optionally `kind`; the keys of Wu et
    al. 2024 (`needle`, `question`, `real_needle`) are read too, and there an answer may differ
    from the fact in capitals, as one of theirs does.
    """
    source = files("rh_lens") / "cases" / "needles.jsonl" if path is None else Path(path)
    found = []
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{source} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_parse(json.loads(line)))
            except (ValueError, RecursionError) as error:
                raise ValueError(f"line {number} of {source} is not a needle: {error}") from error
    if not found:
        raise ValueError(f"{source} holds no needles: write one JSON object a line")
    return found


def save_needles(needles: Iterable[Needle], path: str | Path) -> None:
    """Write needles as JSONL, to be read again by `needles(path)`."""
    lines = [json.dumps(asdict(needle), ensure_ascii=False) + "\n" for needle in needles]
    Path(path).write_text("".join(lines), encoding="utf-8")


def _parse(line: Any) -> Needle:
    if not (isinstance(line, dict) and all(isinstance(text, str) for text in line.values())):
        raise ValueError(f"got {line!r:.80}: write one JSON object of texts")
    texts: dict[str, str] = line
    fields = {REFERENCE_KEYS.get(key, key): text for key, text in texts.items()}
    if fields.keys() - {"kind"} != {"fact", "question", "answer"}:
        raise ValueError(
            f"got the keys {sorted(line)!s:.80}: give fact, question and answer, and kind if you "
            "like"
        )
    if "real_needle" in line:
        fields["answer"] = _as_spelt_in(fields["fact"], fields["answer"])
    return Needle(**fields)


def _as_spelt_in(fact: str, answer: str) -> str:
    found = re.search(re.escape(answer), fact, re.IGNORECASE)
    return found[0] if found else answer
