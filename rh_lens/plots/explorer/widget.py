"""The explorer alive in a notebook: the page asks, the kernel answers."""

from pathlib import Path
from typing import Any

from rh_lens.plots.explorer.session import Session

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError(
        "the live explorer needs anywidget: pip install 'rh_lens[viz]', or write a page that needs "
        "nothing with rh_lens.explore(...).to_html(path)"
    ) from error

FOLDER = Path(__file__).parent


class Live(anywidget.AnyWidget):
    """Answers the questions of the page that shows it, one message each."""

    _esm = FOLDER / "explorer.js"
    _css = FOLDER / "explorer.css"
    spec = traitlets.Dict().tag(sync=True)

    @classmethod
    def of(cls, session: Session, spec: dict[str, Any]) -> "Live":
        live = cls(spec=spec)
        live.on_msg(lambda _, message, buffers: live.send(live.reply(session, message)))
        return live

    def reply(self, session: Session, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a message, or what went wrong: an error must reach who is waiting."""
        try:
            return {"key": message["key"], "answer": session.answer(message["question"])}
        except Exception as error:
            return {"key": message["key"], "error": f"{type(error).__name__}: {error}"}
