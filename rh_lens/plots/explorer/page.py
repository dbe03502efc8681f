"""The explorer as a page that needs no network, no kernel and no library."""

import hashlib
import json
from html import escape
from importlib.resources import files
from typing import Any

FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ margin: 0 auto; max-width: 76rem; padding: 1rem }}</style>
{body}
</html>
"""


def page(spec: dict[str, Any], fallback: str) -> str:
    """A whole file: the explorer, and what remains of it where no script may run."""
    title = escape(f"Retrieval heads of {spec['model']}")
    return FRAME.format(title=title, body=fragment(spec, fallback))


def fragment(spec: dict[str, Any], fallback: str) -> str:
    """The same to put in a page or a notebook's output. The script replaces the fallback."""
    content = script_safe(spec)
    mark = hashlib.sha256(content.encode()).hexdigest()[:16]
    style, module = (
        (files("rh_lens.plots.explorer") / name).read_text(encoding="utf-8")
        for name in ("explorer.css", "explorer.js")
    )
    return (
        f'<div data-rh-explorer="{mark}">{fallback}</div>\n<style>{style}</style>\n'
        f'<script type="module">\n{module}\nshowAll("{mark}", {content});\n</script>'
    )


def script_safe(value: Any) -> str:
    """JSON that cannot end the script it stands in, whatever the texts in it say."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
