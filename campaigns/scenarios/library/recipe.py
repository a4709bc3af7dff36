"""What a ready scenario is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise

from campaigns import starter
from channels.models import Channel

# The words of a chat go over any of them, the first that has an account and that the law leaves open.
CHATS = (Channel.MAX, Channel.TELEGRAM)


class Text(NamedTuple):
    """Of a step: a letter's subject, words and button, with a page of the site or a placeholder of an address; or the words of
    an SMS or of a chat."""

    channel: str
    subject: str
    words: str
    button: str = ""
    path: str = ""

    @property
    def channels(self) -> Sequence[str]:
        return CHATS if self.channel in CHATS else (self.channel,)

    def written(self) -> dict[str, Any]:
        """As `campaigns.writing.write` takes it."""
        if self.channel != Channel.EMAIL:
            return {"body": self.words}
        where = {"address" if "{{" in self.path else "path": self.path}
        return {"subject": self.subject, "body": starter.letter(text=self.words, button=self.button, **where)}


@dataclass(frozen=True)
class Recipe:
    """`texts` are by the keys of the nodes that send. `about` says to a manager whom it is for and what it waits for. `cut`: a
    ready-made segment whose rule, with its usual answers, says who of them enters."""

    name: str | Promise
    about: str | Promise
    entry: Mapping[str, Any]
    flow: Sequence[Mapping[str, Any]]
    goal: Sequence[str]
    texts: Mapping[str, Text]
    delay_minutes: int = 0
    valid_days: int = 3
    repeat_days: int = 90
    cut: str = ""


def letter(subject: str, words: str, button: str, path: str = "") -> Text:
    return Text(Channel.EMAIL, subject, words, button, path)


def sms(words: str) -> Text:
    return Text(Channel.SMS, "", words)


def chat(words: str) -> Text:
    return Text(CHATS[0], "", words)


def send(key: str, days: float, *react: str, reacted: str = "end") -> dict[str, Any]:
    """A message, and so many days for a reaction: the goal of the way, or a link that was followed."""
    told = list(react or ("clicked",))
    return {"key": key, "do": "send", "react": told, "wait_hours": round(days * 24), "reacted": reacted}


def reminded(node: dict[str, Any], words: str, times: int = 1) -> dict[str, Any]:
    """A message of a chat with reminders inside the messenger's 24 hours: only where people are won back."""
    return node | {"remind": times, "reminder": words}


def call(key: str, days: float, reason: str, script: str, *, called: str = "end") -> dict[str, Any]:
    """A salesperson calls within so many days."""
    told = {"reason": reason, "script": script, "called": called}
    return {"key": key, "do": "call", "wait_hours": round(days * 24), **told}


def did_or(key: str, did: str, otherwise: str) -> dict[str, Any]:
    """Whoever did it goes on, everybody else to another step."""
    return {"key": key, "do": "if", "did": [did], "otherwise": otherwise}


def date(name: str, offset: int, ages: Sequence[int] = ()) -> dict[str, Any]:
    """So many days after a day of the person or her car, before it below 0; in these years only."""
    return {"occasion": "date", "date": name, "offset": offset, "ages": list(ages)}


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def rule(node: Mapping[str, Any]) -> dict[str, Any]:
    """A part of an entry: only whom the rule of segments holds for."""
    return {"rule": {"format": 1, "rule": node}}


def wait(key: str, days: float) -> dict[str, Any]:
    return {"key": key, "do": "wait", "hours": round(days * 24)}
