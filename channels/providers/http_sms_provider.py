"""What the SMS providers over HTTP have in common: the message's body is its text in UTF-8, the price is one a segment."""

from decimal import Decimal

from django.utils.translation import gettext as _

from channels import sms_text as measuring
from channels.providers.base import Addressed
from channels.providers.http_provider import HttpProvider


class SmsProvider(HttpProvider):
    def cost(self, message: Addressed) -> Decimal:
        return measuring.price(message.body.decode("utf-8", "replace"), self.account.cost)

    def sender_of(self, message: Addressed) -> str:
        """The name that the phone shows."""
        return message.sender or self.account.sender_name


def phone_digits(phone: str) -> str:
    """E.164 without its plus. Raises ValueError for anything else."""
    digits = phone.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15):
        raise ValueError(_("this is not a phone number"))
    return digits


def sms_text(message: Addressed) -> str:
    """Raises ValueError for an empty text, or one that is not UTF-8."""
    text = message.body.decode()
    if not text.strip():
        raise ValueError(_("the text is empty"))
    return text
