"""TokenView: pictures of tokens that show themselves in a notebook, or in a page of their own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from rh_lens.plots.explorer.page import script_safe
from rh_lens.plots.html import file
from rh_lens.plots.tokens.bundle import loader

BODY = "body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: Canvas }"

DRAW = """<script type="module">
const views = %s;
const { render, ...elements } = await window.rhCircuitsVis;
for (const [mark, drawn] of Object.entries(views)) {
  for (const figure of document.querySelectorAll(`[data-rh-tokens="${mark}"]`)) {
    figure.querySelectorAll(".rh-drawn:not([id])").forEach((place, i) => {
      place.id = `rh-tokens-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
      render(place.id, elements[drawn[i].element], drawn[i].props);
    });
  }
}
</script>"""


@dataclass(frozen=True)
class Drawing:
    """One element of CircuitsVis, and what stands above it."""

    element: str
    props: Mapping[str, Any]
    heading: str = ""


@dataclass(frozen=True)
class Picture:
    """Drawings under one caption, and the same to read.

    Attributes:
        title: What is seen.
        notes: Sentences on how to read it.
        cropped: Sentences on what is not shown.
        tables: The numbers, as HTML.
        unfolded: Whether these are seen at once. They are where what pops up needs room below.
    """

    title: str
    notes: tuple[str, ...]
    cropped: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    tables: str
    unfolded: bool = False

    @property
    def content(self) -> list[dict[str, Any]]:
        return [{"element": each.element, "props": each.props} for each in self.drawings]

    @property
    def mark(self) -> str:
        """By which its script finds it."""
        return hashlib.sha256(script_safe(self.content).encode()).hexdigest()[:16]

    def figure(self) -> str:
        notes = " ".join(map(escape, self.notes))
        cropped = "".join(f'<div class="rh-cropped">{escape(told)}</div>' for told in self.cropped)
        caption = f"<b>{escape(self.title)}</b>{notes}{cropped}"
        drawn = "".join(
            (f"<h4>{escape(each.heading)}</h4>" if each.heading else "")
            + f'<div class="rh-drawn rh-{each.element}">drawn where scripts run</div>'
            for each in self.drawings
        )
        unfolded = " open" if self.unfolded else ""
        numbers = f"<summary>the numbers, as a table</summary>{self.tables}"
        return (
            f'<figure class="rh-tokens" data-rh-tokens="{self.mark}">'
            f"<figcaption>{caption}</figcaption>{drawn}"
            f"<details{unfolded}>{numbers}</details></figure>"
        )


@dataclass(frozen=True, repr=False)
class TokenView:
    """Coloured tokens to look at and hover over. It shows itself at the end of a notebook's cell.

    What it needs it carries along, compressed to half a megabyte; a page runs that once, however
    many views it holds, and `together` carries it once. Nothing is fetched.
    """

    pictures: tuple[Picture, ...]

    def html(self) -> str:
        """A piece of a page."""
        style = (files("rh_lens.plots.tokens") / "tokens.css").read_text(encoding="utf-8")
        views = {picture.mark: picture.content for picture in self.pictures}
        figures = "\n".join(picture.figure() for picture in self.pictures)
        return f"<style>{style}</style>\n{figures}\n{loader()}\n{DRAW % script_safe(views)}"

    def save(self, path: str | Path) -> None:
        """Write it as one file, which opens anywhere, without a network."""
        text = file(self.pictures[0].title, BODY, self.html())
        Path(path).write_text(text, encoding="utf-8")

    def __repr__(self) -> str:
        said = [(each.title, *each.notes, *each.cropped) for each in self.pictures]
        return "\n\n".join("\n".join(lines) for lines in said)

    def _repr_html_(self) -> str:
        return self.html()


def together(*views: TokenView) -> TokenView:
    """Several views as one, one below the other."""
    if not views:
        raise ValueError("got no views: give at least one")
    return TokenView(tuple(picture for view in views for picture in view.pictures))
