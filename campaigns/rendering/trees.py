"""Messages whose body is a JSON object: what the channels beside e-mail and SMS send."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from campaigns import links, slots
from campaigns.rendering.markup import CHOICE, TRACK, Leaf, Markup, Tree
from campaigns.rendering.texts import filled


class Plain(NamedTuple):
    """How words, and addresses, are written where a markup is read."""

    words: Callable[[str], str] = str
    address: Callable[[str], str] = str

    def value(self, name: str, text: str) -> str:
        slot = slots.find(name)
        return self.address(text) if slot and slot.is_link else self.words(text)


Told = str | dict[str, "Told"] | list["Told"] | None


@dataclass(frozen=True, slots=True)
class Note:
    """All that messages of one run share. `slots` are the placeholders whose values `render` needs."""

    slots: tuple[str, ...]
    _tree: Tree
    _text: Leaf = ()
    _plain: Plain = Plain()

    def render(self, message_id: int, address: str, values: Mapping[str, str]) -> bytes:
        """The object for one person as JSON in UTF-8; `address` does not show in it."""
        track, choice = links.tokens(message_id)
        told: Any = grown(self._tree, {**values, TRACK.name: track, CHOICE.name: choice})
        if self._text:
            known = {name: self._plain.value(name, value or "") for name, value in values.items()}
            tokens = {TRACK.name: self._plain.address(track), CHOICE.name: self._plain.address(choice)}
            told["text"] = filled(self._text, known | tokens)
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def note_of(markup: Markup, plain: Plain | None = None) -> Note:
    """`plain`: of a `text` with a markup, in which values stand as they are."""
    names = tuple(dict.fromkeys(hole.name for hole in markup.holes))
    return Note(names, markup.tree, markup.text, plain) if plain else Note(names, markup.tree)


def grown(tree: Tree, values: Mapping[str, str]) -> Told:
    """The object with its texts filled in."""
    if isinstance(tree, tuple):
        return filled(tree, values)
    if isinstance(tree, dict):
        return {name: grown(branch, values) for name, branch in tree.items()}
    return None if tree is None else [grown(branch, values) for branch in tree]
