"""What to say of a command that was stopped: how to go on."""

from collections.abc import Sequence

RESUMABLE = ("detect", "ablate", "patch", "trace")  # those with a --journal


def how_to_resume(words: Sequence[str]) -> str:
    """The end of a sentence, from the words of the command line."""
    given = [word.partition("=") for word in words]
    for i, (option, joined, folder) in enumerate(given):
        if option == "--journal":
            name = folder if joined else "".join(words[i + 1 : i + 2])
            return f"; what was finished is in the journal {name!r}: run the same again to go on"
    if any(command in words[1:2] for command in RESUMABLE):
        return "; nothing of it is kept: with --journal FOLDER it can go on another time"
    return ""
