"""Memory: one error for all the ways in which there can be too little of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

# of torch on a GPU, beside one and on a Mac, and of the libraries it calls
LACK = re.compile(r"out of memory|(can't|cannot) allocate memory|not enough memory|_ALLOC_FAILED")


class OutOfMemory(MemoryError):
    """There was too little memory for what was asked."""


def lack(error: Exception) -> str | None:
    """What an error says of too little memory, in a line; None if it is of another kind."""
    if not (isinstance(error, MemoryError) or LACK.search(str(error))):
        return None
    return str(error).strip().partition("\n")[0] or "the process was given no more"


@contextmanager
def memory_errors() -> Iterator[None]:
    """Whatever is raised in this block for want of memory becomes `OutOfMemory`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        why = lack(error)
        if why is None:
            raise
        raise OutOfMemory(why) from error
