"""Messages whose body is a JSON object: what the channels beside e-mail and SMS send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns import links
from campaigns.rendering.markup import CHOICE, TRACK, Markup, Tree
from campaigns.rendering.texts import filled

Told = str | dict[str, "Told"] | list["Told"] | None


@dataclass(frozen=True, slots=True)
class Note:
    """All that messages of one run share. `slots` are the placeholders whose values `render` needs."""

    slots: tuple[str, ...]
    _tree: Tree

    def render(self, message_id: int, address: str, values: Mapping[str, str]) -> bytes:
        """The object for one person as JSON in UTF-8; `address` does not show in it."""
        track, choice = links.tokens(message_id)
        told = grown(self._tree, {**values, TRACK.name: track, CHOICE.name: choice})
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def note_of(markup: Markup) -> Note:
    return Note(tuple(dict.fromkeys(hole.name for hole in markup.holes)), markup.tree)


def grown(tree: Tree, values: Mapping[str, str]) -> Told:
    """The object with its texts filled in."""
    if isinstance(tree, tuple):
        return filled(tree, values)
    if isinstance(tree, dict):
        return {name: grown(branch, values) for name, branch in tree.items()}
    return None if tree is None else [grown(branch, values) for branch in tree]
