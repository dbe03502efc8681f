"""Explorer: what `explore` gives, which shows itself live in a notebook or as a page."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from rh_lens.heads import Head
from rh_lens.plots import explorer
from rh_lens.plots.explorer.page import fragment, page
from rh_lens.plots.explorer.picture import picture
from rh_lens.plots.explorer.session import Answer, Question, Session, key
from rh_lens.plots.explorer.spec import COUNTS, spec_of
from rh_lens.scores.head_scores import HeadScores

ALONE = 3  # how many of the strongest heads a saved page takes away one by one
INSTALL = (
    "<p>To explore live: <code>pip install 'rh_lens[viz]'</code>. "
    "For a page that needs nothing: <code>.to_html(path)</code>.</p>"
)


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """A picture to click in. It shows itself at the end of a notebook's cell.

    With the environment variable RH_LENS_VIZ=static a notebook shows what `to_html` writes, for
    pages that are to be read without a kernel.
    """

    session: Session
    scores: Mapping[str, HeadScores]

    def live(self) -> Any:
        """The widget, which asks the model as you click. Needs `pip install 'rh_lens[viz]'`."""
        widget = explorer.widget.Live
        first = self.answers([0], self._first.top(1), [])
        shown = range(len(self.session.cases))
        return widget.of(self.session, spec_of(self.session, self.scores, shown, first, live=True))

    def html(self, *, heads: int = 8, cases: int = 3) -> str:
        """A piece of a page, with the answers for `cases` of the cases, evenly chosen, and the
        `heads` strongest heads of each kind of score."""
        return fragment(self._saved(heads, cases), self._remains())

    def to_html(self, path: str | Path, *, heads: int = 8, cases: int = 3) -> None:
        """Write that as one file, which opens anywhere, without a network."""
        text = page(self._saved(heads, cases), self._remains())
        Path(path).write_text(text, encoding="utf-8")

    def answers(
        self, cases: Iterable[int], heads: Sequence[Head], groups: Iterable[Sequence[Head]]
    ) -> dict[str, Answer]:
        """Questions that the page may ask, and their answers: about some cases, where `heads`
        looked there, and what is said without each of `groups`."""
        known: dict[str, Answer] = {}
        for case in cases:
            questions: list[Question] = [["case", case]]
            questions += [["without", case, 0, [list(head) for head in group]] for group in groups]
            known |= {key(question): self.session.answer(question) for question in questions}
            looked = zip(heads, self.session.looks(case, heads), strict=True)
            known |= {key(["look", case, list(head)]): look for head, look in looked}
        return known

    def __repr__(self) -> str:
        return self._first.table()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        plain = {"text/plain": repr(self)}
        if os.environ.get("RH_LENS_VIZ") == "static":
            return {**plain, "text/html": self.html()}
        try:
            live = self.live()
        except ImportError:
            return {**plain, "text/html": self._remains() + INSTALL}
        return {**live._repr_mimebundle_()[0], **plain, "text/html": self._remains()}

    @property
    def _first(self) -> HeadScores:
        return next(iter(self.scores.values()))

    def _saved(self, heads: int, cases: int) -> dict[str, Any]:
        if heads < 1 or cases < 1:
            raise ValueError(f"got {heads} heads and {cases} cases to save: ask for 1 or more")
        chosen = _evenly(len(self.session.cases), cases)
        wanted, groups = set[Head](), set[tuple[Head, ...]]()
        for scores in self.scores.values():
            wanted |= set(scores.top(heads))
            groups |= {(head,) for head in scores.top(min(heads, ALONE))}
            groups |= {tuple(sorted(scores.top(count))) for count in COUNTS}
        known = self.answers(chosen, sorted(wanted), sorted(groups))
        return spec_of(self.session, self.scores, chosen, known, live=False)

    def _remains(self) -> str:
        """What is seen where no script runs: a picture and a table."""
        note = f"{escape(self._first.name)}: layers downwards, heads across, dark for most"
        image = f'<img alt="{note}" src="{picture(self._first.mean)}">'
        return f"<figure>{image}<figcaption>{note}</figcaption></figure>{self._first._repr_html_()}"


def _evenly(total: int, count: int) -> list[int]:
    """`count` of the numbers below `total`, or all, from the first to the last."""
    if count >= total:
        return list(range(total))
    return [round(i * (total - 1) / max(1, count - 1)) for i in range(count)]
