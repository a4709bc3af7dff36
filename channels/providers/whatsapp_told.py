"""What WhatsApp's webhook says: an envelope of entries, each of changes, each of statuses or messages of one number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.providers.base import Incoming, Report, Told
from channels.providers.messenger import STOP, echoed, moment
from channels.providers.whatsapp_errors import LATE
from channels.providers.whatsapp_template_news import news_of

STATUSES: Mapping[str, str] = {"accepted": "queued", "sent": "sent", "delivered": "delivered", "read": "opened"}
PERSONAL = frozenset({"recipient_id", "recipient_user_id"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """`number` is the account's: what was said of other numbers of the same app is not ours to take."""

    told: Mapping[str, Any]
    number: str
    received_at: datetime

    def values(self, name: str) -> Iterator[Mapping[str, Any]]:
        """Elements of this list in all changes."""
        for entry in self.told.get("entry") or ():
            for change in entry.get("changes") or ():
                value = change["value"]
                if str((value.get("metadata") or {}).get("phone_number_id", self.number)) == self.number:
                    yield from value.get(name) or ()

    def report(self, status: Mapping[str, Any]) -> Report | None:
        """None for a word that we have none for."""
        error: Mapping[str, Any] = next(iter(status.get("errors") or ()), {})
        code = int(error.get("code", 0))
        word = LATE.get(code, "failed") if status["status"] == "failed" else STATUSES.get(status["status"])
        if word is None:
            return None
        return Report(
            str(status["id"]),
            word,
            moment(status.get("timestamp"), self.received_at),
            reason=f"{code} {error.get('title', '')}".strip() if code else "",
            message_id=echoed(status.get("biz_opaque_callback_data")),
            raw={name: value for name, value in status.items() if name not in PERSONAL},
        )

    def incoming(self, message: Mapping[str, Any]) -> Incoming:
        sender = message.get("from") or message.get("from_user_id") or message.get("user_id")
        return Incoming(
            str(message["id"]), str(sender), _text(message), moment(message.get("timestamp"), self.received_at), message
        )

    def refusal(self, preference: Mapping[str, Any]) -> Incoming | None:
        """Of marketing, by a tap in WhatsApp itself. That it is taken back gives us no consent."""
        if preference.get("value") != "stop":
            return None
        sender = str(preference.get("wa_id") or preference.get("user_id"))
        at = moment(preference.get("timestamp"), self.received_at)
        return Incoming(f"stop:{sender}:{int(at.timestamp())}", sender, STOP, at, preference)


def told_by(told: object, *, number: str, received_at: datetime, waba: str = "") -> Told:
    """Raises ValueError for what is no such envelope."""
    if not isinstance(told, dict) or told.get("object") != "whatsapp_business_account":
        raise ValueError("not a message of WhatsApp")
    envelope = Envelope(told, number, received_at)
    try:
        reports = [envelope.report(one) for one in envelope.values("statuses")]
        incoming = [envelope.incoming(one) for one in envelope.values("messages")]
        refusals = [envelope.refusal(one) for one in envelope.values("user_preferences")]
        news = tuple(news_of(told, waba=waba, received_at=received_at))
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("not the shape of WhatsApp") from error
    return Told([one for one in reports if one], incoming + [one for one in refusals if one], templates=news)


def _text(message: Mapping[str, Any]) -> str:
    """What was written, or stands on the button that was pressed; '' for pictures and the like."""
    kind = message.get("type")
    if kind == "text":
        return str(message["text"]["body"])
    if kind == "button":
        return str(message["button"].get("text") or message["button"].get("payload") or "")
    if kind == "interactive":
        reply = message["interactive"].get("button_reply") or message["interactive"].get("list_reply") or {}
        return str(reply.get("title") or reply.get("id") or "")
    return str((message.get(str(kind)) or {}).get("caption") or "")
