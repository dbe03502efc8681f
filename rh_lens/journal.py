"""Journal: remembers finished work, so that a long experiment can be stopped and resumed."""

import hashlib
import json
import os
import re
import socket
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FORMAT, UNCHECKED = "rh_lens journal 2", "rh_lens journal 1"  # the latter has no checksums
CHECKED = re.compile(rb'\{"check": "([0-9a-f]{8})", (.*)', re.DOTALL)
MEMORY_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}>")


class Journal:
    """A folder of finished work, which several processes may share.

    Each process appends to a file of its own, one JSON line per finished piece, so nothing it wrote
    is lost when it is killed, and no other process can spoil it. Each line begins with a checksum
    of the rest, so a damaged one is refused and never believed. Without a folder it remembers
    nothing.

    Args:
        folder: Where to keep it; made when there is something to write.
    """

    def __init__(self, folder: str | Path | None = None):
        self.folder = None if folder is None else Path(folder)
        if self.folder and self.folder.exists() and not self.folder.is_dir():
            raise ValueError(f"the journal {str(folder)!r} is a file: name a folder")
        self.subject: Mapping[str, Any] | None = None
        self.results: dict[str, Any] = {}
        self.file: Path | None = None

    def about(self, subject: Mapping[str, Any]) -> None:
        """Say which model the work is about, and take up what was done on it before.

        Raises:
            ValueError: The folder holds work on another model, or a line that no journal wrote.
        """
        self.subject = json.loads(json.dumps(subject))
        self.results = {}
        if self.folder is None:
            return
        for path in sorted(self.folder.glob("*.jsonl")):
            self._read(path)
        # a fresh file each time: the last may end in half a line, or belong to a parent process
        self.file = _fresh(self.folder)

    def recall(self, work: Callable[[], Any], *identity: Any) -> Any:
        """The remembered result of `work`, or do it now and remember. `identity`: all that
        determines the result, as values with a repr.

        Raises:
            ValueError: Something in `identity` has no repr but its place in memory, which says
                nothing of what it is and may be another's in the next process.
            OSError: The folder cannot be written to. What was finished before is kept.
        """
        if self.folder is None:
            return work()
        if self.file is None:
            raise ValueError("the journal does not know which model this is: call about() first")
        key = _key(identity)
        if key not in self.results:
            self._append(self.file, None)  # or the work might be done and could not be kept
            result = work()
            self._append(self.file, {"key": key, "result": result})
            self.results[key] = result
        return self.results[key]

    def remembers(self, *identity: Any) -> bool:
        """Whether `recall` would find the result, and do no work."""
        return self.folder is not None and _key(identity) in self.results

    def _append(self, path: Path, entry: Mapping[str, Any] | None) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                head = {} if file.tell() else {"format": FORMAT, "about": self.subject}
                file.write(b"" if entry is None else _line({**head, **entry}))
        except OSError as error:
            self.file = _fresh(path.parent)  # half a line may stand in the other
            raise OSError(
                f"the journal {str(path.parent)!r} cannot be written ({error.strerror}): make room "
                "or name another folder, and run the same again; what was finished is kept"
            ) from error

    def _read(self, path: Path) -> None:
        *complete, _torn = path.read_bytes().split(b"\n")  # a kill mid-write leaves half a line
        written = FORMAT
        for number, line in enumerate(complete, start=1):
            entry = _entry(line)
            written = entry.get("format", FORMAT) if number == 1 else written
            if written not in (FORMAT, UNCHECKED):
                raise ValueError(
                    f"{str(path)!r} was written as {written!r}, not {FORMAT!r}: name another folder"
                )
            expected = {"key", "result"} | ({"format", "about"} if number == 1 else set())
            whole = written == UNCHECKED or _is_whole(line)
            if not (whole and expected <= set(entry) and isinstance(entry["key"], str)):
                what = "that line" if number > 1 else "the file"
                raise ValueError(
                    f"line {number} of {str(path)!r} is not a journal entry: remove {what}, and "
                    "what it held is done again"
                )
            if number == 1 and entry["about"] != self.subject:
                names = [json.dumps(each) for each in (entry["about"], self.subject)]
                raise ValueError(
                    f"the journal {str(path.parent)!r} is about another model, {names[0]}, not "
                    f"{names[1]}: name another folder"
                )
            self.results[entry["key"]] = entry["result"]


def _fresh(folder: Path) -> Path:
    """A file that no other process and no other journal writes to."""
    return folder / f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"


def _line(entry: Mapping[str, Any]) -> bytes:
    rest = json.dumps(entry).encode()[1:]
    return b'{"check": "%s", %s\n' % (_sum(rest), rest)


def _is_whole(line: bytes) -> bool:
    found = CHECKED.fullmatch(line)
    return found is not None and _sum(found[2]) == found[1]


def _sum(rest: bytes) -> bytes:
    return hashlib.sha256(rest).hexdigest()[:8].encode()


def _entry(line: bytes) -> Mapping[str, Any]:
    """What a line says, nothing if it makes no sense."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _key(identity: tuple[Any, ...]) -> str:
    told = repr(identity)
    if MEMORY_ADDRESS.search(told):
        raise ValueError(
            f"a journal cannot tell {told} from another like it: make what shows an address in "
            "memory a frozen dataclass, or give it a __repr__ that says all it depends on"
        )
    return hashlib.sha256(told.encode()).hexdigest()[:32]
