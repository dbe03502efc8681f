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

FORMAT = "rh_lens journal 1"
MEMORY_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}>")


class Journal:
    """A folder of finished work, which several processes may share.

    Each process appends to a file of its own, one JSON line per finished piece, so nothing it wrote
    is lost when it is killed, and no other process can spoil it. Without a folder it remembers
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
        unique = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.file = self.folder / f"{unique}.jsonl"

    def recall(self, work: Callable[[], Any], *identity: Any) -> Any:
        """The remembered result of `work`, or do it now and remember. `identity`: all that
        determines the result, as values with a repr.

        Raises:
            ValueError: Something in `identity` has no repr but its place in memory, which says
                nothing of what it is and may be another's in the next process.
        """
        if self.folder is None:
            return work()
        if self.file is None:
            raise ValueError("the journal does not know which model this is: call about() first")
        told = repr(identity)
        if MEMORY_ADDRESS.search(told):
            raise ValueError(
                f"a journal cannot tell {told} from another like it: make what shows an address in "
                "memory a frozen dataclass, or give it a __repr__ that says all it depends on"
            )
        key = hashlib.sha256(told.encode()).hexdigest()[:32]
        if key not in self.results:
            result = work()
            self._append(self.file, {"key": key, "result": result})
            self.results[key] = result
        return self.results[key]

    def _append(self, path: Path, entry: Mapping[str, Any]) -> None:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            entry = {"format": FORMAT, "about": self.subject, **entry}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def _read(self, path: Path) -> None:
        *complete, _torn = path.read_bytes().split(b"\n")  # a kill mid-write leaves half a line
        for number, line in enumerate(complete, start=1):
            try:
                entry = json.loads(line)
                if number == 1:
                    self._check(entry, path)
                self.results[entry["key"]] = entry["result"]
            except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
                what = "that line" if number > 1 else "the file"
                raise ValueError(
                    f"line {number} of {str(path)!r} is not a journal entry: remove {what}, and "
                    "what it held is done again"
                ) from error

    def _check(self, first: Mapping[str, Any], path: Path) -> None:
        if first["format"] != FORMAT:
            raise ValueError(f"{str(path)!r} was written as {first['format']!r}, not {FORMAT!r}")
        if first["about"] != self.subject:
            names = [json.dumps(each) for each in (first["about"], self.subject)]
            raise ValueError(
                f"the journal {str(path.parent)!r} is about another model, {names[0]}, not "
                f"{names[1]}: name another folder"
            )
