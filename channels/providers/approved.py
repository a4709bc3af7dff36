"""Templates: texts that a provider has approved beforehand, with places for a person's values.

A place is `{{1}}`, `{{2}}` …, or has a name: `{{client}}`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PLACE = re.compile(r"\{\{\s*([^\W\d]\w*|\d+)\s*\}\}")


class TemplateState(StrEnum):
    APPROVED = "approved"  # it may be sent
    PENDING = "pending"  # the provider has not decided yet
    REJECTED = "rejected"  # it must be written anew
    PAUSED = "paused"  # people complained of it: not now
    DISABLED = "disabled"  # never again
    GONE = "gone"  # the provider does not list it any more


class ButtonKind(StrEnum):
    REPLY = "reply"  # a press sends a word back
    LINK = "link"  # a press opens `url`, which may end with a place
    SHOWN = "shown"  # needs nothing of us: a call of a phone


@dataclass(frozen=True, slots=True)
class TemplateButton:
    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """`said` is the provider's own word for `state`, `category` too. `unsupported` names what of it we cannot fill: then
    it cannot be sent."""

    name: str
    language: str
    state: TemplateState
    said: str = ""
    category: str = ""
    reason: str = ""  # why it was rejected
    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: Sequence[TemplateButton] = ()
    unsupported: str = ""
    has_picture: bool = False  # in place of a heading: each message names its address


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What a provider tells of one template by itself. `state` None: something of it is another, and the list must be read to
    know what. `quality` is the provider's own word, '' where nothing was said of it."""

    name: str
    language: str
    happened_at: datetime
    state: TemplateState | None = None
    said: str = ""
    reason: str = ""
    quality: str = ""


def places(text: str) -> list[str]:
    """In order of appearance, each once."""
    return list(dict.fromkeys(PLACE.findall(text)))
