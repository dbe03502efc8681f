"""Commands that several processes run together."""

from collections.abc import Sequence

from rh_lens.model.launch import started

SHARING = ("detect",)


def check_sharing(words: Sequence[str]) -> None:
    """Refuse to run a command in several processes that would each do all of it."""
    asked = words[1:2]
    if started() > 1 and asked and asked[0] not in SHARING:
        raise ValueError(
            f"{started()} processes were started, and each would do all that {asked[0]!r} does: "
            f"only {', '.join(SHARING)} shares its work; start the others without a launcher"
        )
