"""CircuitsVis' script, from the installed package, made safe for any text."""

import base64
import gzip
from importlib.util import find_spec
from pathlib import Path

INSTALL = "pip install 'rh_lens[viz]'"
AS_HTML = '.replace(/\\s/g,"&nbsp;")'  # after which CircuitsVis reads a token as HTML
AS_TEXT = '.replace(/&/g,"&amp;").replace(/</g,"&lt;")' + AS_HTML
PLACES = 2  # where it does so

LOADER = """<script data-rh-circuitsvis>
window.rhCircuitsVis ??= (async () => {
  const packed = Uint8Array.from(atob("%s"), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  return CircuitsVis;
})();
</script>"""


def loader() -> str:
    """A script element that makes the promise `window.rhCircuitsVis`, if no other has: however many
    of them a page holds, the bundle runs once."""
    packed = gzip.compress(bundle().encode(), mtime=0)
    return LOADER % base64.b64encode(packed).decode()


def bundle() -> str:
    """The script. It needs no network: nothing of it is fetched from elsewhere."""
    found = find_spec("circuitsvis")
    if found is None or found.origin is None:
        raise ImportError(f"coloured tokens are drawn by CircuitsVis: {INSTALL}")
    script = (Path(found.origin).parent / "dist" / "cdn" / "iife.js").read_text(encoding="utf-8")
    if script.count(AS_HTML) != PLACES:
        raise ImportError(
            "this CircuitsVis draws tokens otherwise than 1.43.3, so it is not known to show them "
            f"as they are: {INSTALL}"
        )
    return script.replace(AS_HTML, AS_TEXT).rsplit("//# sourceMappingURL", 1)[0]
