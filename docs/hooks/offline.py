"""Nothing that a page needs may come from elsewhere: what would fetch is taken out, and what is
left is checked.

    python docs/hooks/offline.py site
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

LOADERS = re.compile(  # of notebook templates: by address, and by what they load
    r"<script[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>"
    r"|<script[^>]*>(?:(?!</script>).)*?(?:MathJax\.Hub|embed-amd\.js|mermaid\.esm)"
    r"(?:(?!</script>).)*</script>",
    re.DOTALL,
)
NEEDS = {  # what a browser fetches to show a page
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
FETCHING = {
    "stylesheet",
    "preconnect",
    "preload",
    "icon",
    "modulepreload",
    "dns-prefetch",
    "manifest",
}
IN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")
IN_SCRIPT = re.compile(  # what is imported, and addresses of code, styles and fonts
    r"\bimport\b[^;\n]{0,200}?[\"']((?:https?:)?//[^\"']+)"
    r"|[\"'`]((?:https?:)?//[^\"'`\s]+\.(?:m?js|css|woff2?))[\"'`]"
)
ELSEWHERE = re.compile(r"^\s*(https?:)?//")


def on_post_page(output: str, **_: Any) -> str:
    return LOADERS.sub("", output)


class Fetches(HTMLParser):
    """Collects the addresses that a page would fetch from."""

    def __init__(self) -> None:
        HTMLParser.__init__(self)
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        wanted = [own.get(name, "") for name in NEEDS.get(tag, ())]
        if tag == "link" and FETCHING & set(own.get("rel", "").split()):
            wanted.append(own.get("href", ""))
        self.found += [address for address in wanted if ELSEWHERE.match(address)]
        self.found += IN_STYLE.findall(own.get("style", ""))
        self.inside = tag if tag in ("style", "script") else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += IN_STYLE.findall(data)
        if self.inside == "script":
            self.found += [one or other for one, other in IN_SCRIPT.findall(data)]


def fetches(site: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a built site that would reach out, and where to."""
    for path in sorted(site.rglob("*")):
        if path.suffix == ".html":
            page = Fetches()
            page.feed(path.read_text(encoding="utf-8"))
            found = page.found
        elif path.suffix in (".css", ".svg"):
            found = IN_STYLE.findall(path.read_text(encoding="utf-8"))
        else:
            found = []
        for address in found:
            yield path, address


def main(site: str) -> int:
    if not (Path(site) / "index.html").is_file():
        raise ValueError(f"there is no site at {site!r}: build it with `make docs`")
    found = list(fetches(Path(site)))
    for path, address in found:
        print(f"{path} would fetch {address}")
    print(f"{len(found)} addresses outside the site")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
