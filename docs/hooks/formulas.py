"""Formulas become MathML when the site is built, and bring their font: nothing is fetched."""

import html
import re
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

WRITTEN = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)
DOLLARS = re.compile(
    r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\w)",
    re.DOTALL,
)


FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"  # of that package; SIL Open Font License
LETTERS = [
    *range(0x20, 0x7F),  # ASCII
    *range(0x0391, 0x03F6),  # Greek
    *range(0x2000, 0x2070),  # spaces, dashes, bars, primes
    *range(0x2190, 0x2200),  # arrows
    *range(0x2200, 0x2300),  # operators
    *range(0x1D434, 0x1D4CF),  # italic letters
    *range(0x1D6A4, 0x1D7D8),  # italic Greek, bold digits
    *(0xAC, 0xB1, 0xD7, 0x0302, 0x0304, 0x0305, 0x203E, 0xAF, 0x210E, 0x211D, 0x2211),
]


def on_files(files: Files, config: Any, **_: Any) -> Files:
    files.append(File.generated(config, "assets/math.woff", content=font()))
    return files


def font() -> bytes:
    """As much of the font as formulas use, with its table of how formulas are set."""
    whole = TTFont(Path(str(distribution("ziamath").locate_file(FONT))))
    options = Options(
        layout_features=["*"], flavor="woff", notdef_outline=True, ignore_missing_unicodes=True
    )
    subset = Subsetter(options)
    subset.populate(unicodes=LETTERS)
    subset.subset(whole)
    whole.flavor = "woff"
    written = BytesIO()
    whole.save(written)
    return written.getvalue()


def on_page_content(content: str, **_: Any) -> str:
    return rendered(content)


def rendered(content: str) -> str:
    """The same page with each formula drawn by the browser."""
    return WRITTEN.sub(
        lambda found: mathml(html.unescape(found["tex"]), block=found["open"] == "["), content
    )


def mathml(tex: str, *, block: bool) -> str:
    """One formula. What was written stays in it, for readers that cannot draw it."""
    drawn = convert(tex.strip(), display="block" if block else "inline")
    if unknown := re.search(r"<m[a-z]+[^>]*>\\([A-Za-z]+)", drawn):
        raise ValueError(f"the formula {tex!r} uses \\{unknown[1]}, which is not known: reword it")
    label = html.escape(" ".join(tex.split()), quote=True)
    return drawn.replace("<math ", f'<math class="formula" alttext="{label}" ', 1)


def in_notebook(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook with the formulas of its prose as MathML; code is left alone."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = in_prose("".join(cell["source"]))
    return notebook


def in_prose(markdown: str) -> str:
    pieces = re.split(r"(```.*?```|`[^`\n]*`)", markdown, flags=re.DOTALL)
    return "".join(
        piece if number % 2 else DOLLARS.sub(_drawn, piece) for number, piece in enumerate(pieces)
    )


def _drawn(found: re.Match[str]) -> str:
    return mathml(found["block"] or found["inline"], block=bool(found["block"]))
