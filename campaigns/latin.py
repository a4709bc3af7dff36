"""A text with placeholders in Latin letters: half the price of a Cyrillic SMS."""

import re

from channels.sms_text import transliterated

# Placeholders keep their Russian names, and their defaults; addresses are Latin already.
_KEPT = re.compile(r"(\{\{.*?\}\}|https?://\S+)")


def in_latin(text: str) -> str:
    """The same text by the passport's table (`channels.sms_text`), but for its placeholders and addresses."""
    parts = _KEPT.split(text)
    parts[::2] = map(transliterated, parts[::2])
    return "".join(parts)
