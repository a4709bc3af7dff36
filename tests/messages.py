"""The messages of the project and of unfold, as gettext sees them: (context, message) → where it is written."""

import gettext
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

Message = tuple[str | None, str]
# How many leading arguments are contexts, and nothing else matters: the message follows.
CONTEXTS = {
    "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "_": 0, "ngettext": 0, "ngettext_lazy": 0,
    "pgettext": 1, "pgettext_lazy": 1, "npgettext": 1, "npgettext_lazy": 1,
}  # fmt: skip


def messages(root: Path) -> dict[Message, str]:
    """Every message under a folder, of Python files and of templates."""
    found: dict[Message, str] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
            for message, line in of_source(_as_python(path)):
                found.setdefault(message, f"{path.relative_to(root)}:{line}")
    return found


def _as_python(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    # The bracket lets the indentation of a template pass for Python.
    return text if path.suffix == ".py" else f"({templatize(text, origin=str(path))}\n)"


def of_source(source: str) -> Iterator[tuple[Message, int]]:
    file = io.BytesIO(source.encode())
    for line, function, arguments, _comments in extract_python(file, list(CONTEXTS), [], {"encoding": "utf-8"}):
        parts = [part for part in (arguments if isinstance(arguments, tuple) else (arguments,)) if part]
        contexts = CONTEXTS[function]
        if len(parts) > contexts and parts[contexts]:
            yield (parts[0] if contexts else None, parts[contexts]), line


class Catalogue:
    """All `ru` catalogues that a page uses, the project's own first."""

    def __init__(self, *folders: Path) -> None:
        self.known: dict[Message, bool] = {}
        for folder in folders:
            for path in folder.rglob("ru*/LC_MESSAGES/django.mo"):
                self._read(path)

    def _read(self, path: Path) -> None:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        for key, text in catalogue._catalog.items():  # type: ignore[attr-defined]
            identifier = key[0] if isinstance(key, tuple) else key
            context, _separator, message = identifier.rpartition("\x04")
            if text:
                self.known[(context or None, message)] = True

    def lacks(self, message: Message) -> bool:
        return message not in self.known
