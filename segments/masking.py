"""How contacts are shown to people who may see the base but not its contacts."""

import re
from typing import Any

VIEW_CONTACTS = "segments.view_contacts"  # sees every contact as it is
REVEAL_CONTACTS = "segments.reveal_contacts"  # sees masked ones, and may open one at a time: each is logged


def mask_phone(phone: str) -> str:
    """The last four digits only: «+7 *** ***-12-34» («+*** …» for another country). What is too short to hide anything is hidden whole."""
    digits = [character for character in phone if character.isdigit()]
    if len(digits) < 8:
        return "***" if phone else ""
    country = "7" if len(digits) == 11 and digits[0] == "7" else "***"
    tail = "".join(digits[-4:])
    return f"+{country} *** ***-{tail[:2]}-{tail[2:]}"


def mask_email(email: str) -> str:
    """The first letter and the domain: «i***@mail.ru»; a mailbox of one letter is hidden whole."""
    box, at, domain = email.rpartition("@")
    if not at:
        return "***" if email else ""
    return f"{box[0] if len(box) > 1 else ''}***@{domain}"


def spaced_phone(phone: str) -> str:
    """A Russian E.164 number as people write it («+7 912 345-67-89»); any other is returned as it is."""
    if len(phone) == 12 and phone.startswith("+7"):
        return f"+7 {phone[2:5]} {phone[5:8]}-{phone[8:10]}-{phone[10:]}"
    return phone


def mask_tail(value: str) -> str:
    """An id of a messenger or a device: the last two characters."""
    return f"***{value[-2:]}" if len(value) > 4 else "***"


MASKS = {"phone": mask_phone, "email": mask_email}
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ ()\u00a0-]{0,2}\d){9,14}(?!\w)")
PLAIN = {"phone": spaced_phone}


def mask_text(text: str) -> str:
    """A text of people with the e-mails and phones in it masked."""
    text = _EMAIL.sub(lambda found: mask_email(found[0]), text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), text)


def mask(kind: str, value: str) -> str:
    """A contact of this `ContactKind`, masked whoever looks."""
    return MASKS.get(kind, mask_tail)(value)


def plain(kind: str, value: str) -> str:
    """A contact of this `ContactKind`, readable whoever looks: the caller has checked and logged it."""
    return PLAIN.get(kind, str)(value)


def shown(user: Any, kind: str, value: str) -> str:
    """A contact as `user` may see it: readable with the right `segments.view_contacts`, else masked.

    `kind` is a `ContactKind`. Phones come out spaced, so this is for eyes, never for a comparison.
    """
    return plain(kind, value) if user.has_perm(VIEW_CONTACTS) else mask(kind, value)
