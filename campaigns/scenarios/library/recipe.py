"""What a ready scenario is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise

from campaigns import starter
from channels.models import Channel


class Text(NamedTuple):
    """Of a step: a letter's subject, words and button, or an SMS's words."""

    channel: str
    subject: str
    words: str
    button: str = ""
    path: str = ""

    def written(self) -> dict[str, Any]:
        """As `campaigns.writing.write` takes it."""
        if self.channel == Channel.SMS:
            return {"body": self.words}
        return {"subject": self.subject, "body": starter.letter(text=self.words, button=self.button, path=self.path)}


@dataclass(frozen=True)
class Recipe:
    """`texts` are by the keys of the nodes that send. `about` says to a manager whom it is for and what it waits for."""

    name: str | Promise
    about: str | Promise
    entry: Mapping[str, Any]
    flow: Sequence[Mapping[str, Any]]
    goal: Sequence[str]
    texts: Mapping[str, Text]
    delay_minutes: int = 0
    valid_days: int = 3
    repeat_days: int = 90


def letter(subject: str, words: str, button: str, path: str = "") -> Text:
    return Text(Channel.EMAIL, subject, words, button, path)


def sms(words: str) -> Text:
    return Text(Channel.SMS, "", words)


def send(key: str, days: float, *react: str) -> dict[str, Any]:
    """A message, and so many days for a reaction: the goal of the way, or a link that was followed."""
    return {"key": key, "do": "send", "react": list(react or ("clicked",)), "wait_hours": round(days * 24)}


def wait(key: str, days: float) -> dict[str, Any]:
    return {"key": key, "do": "wait", "hours": round(days * 24)}
