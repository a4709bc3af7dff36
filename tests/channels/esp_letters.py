"""Letters as `campaigns` renders them, for e-mail services; and the contract for those who take them."""

from email.message import EmailMessage
from email.policy import SMTP

from tests.channels.http_contract import HttpContract

MESSAGE_ID = "<krug.7.AbCdEf0123@mail.krug.example>"


def letter(text: str, html: str = "", **headers: str) -> bytes:
    """RFC 5322 bytes; headers by name with "_" for "-"."""
    message = EmailMessage(policy=SMTP)
    told = {
        "From": "Автосалон «Круг» <news@mail.krug.example>",
        "To": "anna@example.ru",
        "Subject": "Скидка 20 % — только до пятницы",
        "Message-ID": MESSAGE_ID,
        "List-Unsubscribe": "<https://krug.example/u/tok>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "1:2:email:krug",
    }
    for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    message.add_alternative(html or f"<p>{text}</p>", subtype="html")
    return message.as_bytes()


class EspContract(HttpContract):
    """The recipient's host ends as the fake is to behave; the text comes to it as the plain part of a letter."""

    family = "http_esp"
    refused = "550"

    def address(self, number: int, ends: str = "") -> str:
        return f"u{number:04}@host{ends or '001'}"

    def body(self, text: str) -> bytes:
        return letter(text)
