"""What a message of any channel looks like to the person who gets it, for the phone of the journal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.models import Channel, JournalEntry

# The keys under which providers carry what is shown; each channel's class names its own.
TEXTS = ("text", "body", "message", "caption")
TITLES = ("title", "subject", "header")
LINKS = ("url", "link", "click_action")
PICTURES = ("picture",)
BUTTON_WORDS = ("text", "title", "label", "caption")
EXCERPT = 90


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """`template` is the name of one that the provider keeps, with `values` in their order; `picture` is an address."""

    text: str = ""
    title: str = ""
    link: str = ""
    buttons: list[Button] = field(default_factory=list)
    template: str = ""
    values: list[str] = field(default_factory=list)
    picture: str = ""


def show(entry: JournalEntry) -> Shown:
    """Read the body as the channel writes it; what is no JSON object is shown as the text it is."""
    raw = bytes(entry.body).decode("utf-8", "replace")
    if entry.channel in (Channel.SMS, Channel.EMAIL):
        return Shown(text=raw)
    try:
        said = json.loads(raw)
    except json.JSONDecodeError:
        return Shown(text=raw)
    return _of_object(said) if isinstance(said, dict) else Shown(text=raw)


def excerpt(entry: JournalEntry) -> str:
    """One line for a list."""
    shown = show(entry)
    line = " ".join(" ".join((shown.title, shown.text or shown.template)).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def _of_object(said: Mapping[str, Any]) -> Shown:
    template = said.get("template") or ""
    values: Any = said.get("values") or said.get("parameters") or said.get("variables") or []
    if isinstance(template, dict):
        values, template = template.get("values") or values, template.get("name") or ""
    return Shown(
        text=_first(said, TEXTS),
        title=_first(said, TITLES),
        link=_first(said, LINKS),
        buttons=[button for row in _rows(said.get("buttons")) if (button := _button(row))],
        template=str(template),
        picture=_first(said, PICTURES),
        values=[str(value) for value in (values.values() if isinstance(values, dict) else values)],
    )


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these that is a text; providers nest some of theirs ({"text": {"body": …}})."""
    for name in names:
        value = said.get(name)
        if isinstance(value, dict):
            value = _first(value, TEXTS)
        if isinstance(value, str) and value:
            return value
    return ""


def _rows(buttons: Any) -> list[Any]:
    """Buttons come as a list, or as rows of lists."""
    if not isinstance(buttons, list):
        return []
    return [button for row in buttons for button in (row if isinstance(row, list) else [row])]


def _button(button: Any) -> Button | None:
    if isinstance(button, str):
        return Button(button)
    if not isinstance(button, dict):
        return None
    text = _first(button, BUTTON_WORDS)
    return Button(text, _first(button, LINKS)) if text else None
