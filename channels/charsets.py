"""Bytes of letters as text, whatever their charset is said to be: many programs say none, or the wrong one."""

import codecs

CYRILLIC = ("cp1251", "koi8-r")
COMMON = frozenset("оеаинтсрвл")  # every third letter of Russian; read in the wrong charset they become capitals
# What programs say that know of no charset. Russian text declared so is Russian all the same.
SAY_NOTHING = frozenset(("", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252", "unknown-8bit"))
MOSTLY = 0.3  # so many bytes beyond ASCII are no French


def text_of(raw: bytes, charset: str | None = None) -> str:
    """What these bytes say, without a character that was cut off at their end. Never raises."""
    said = (charset or "").strip().lower()
    if said not in SAY_NOTHING or _is_latin(raw):
        found = _decoded(raw, said or "utf-8")
        if found is not None:
            return found
    found = _decoded(raw, "utf-8")
    return found if found is not None else max((raw.decode(one, "replace") for one in CYRILLIC), key=_likelihood)


def _is_latin(raw: bytes) -> bool:
    return sum(byte > 127 for byte in raw) <= MOSTLY * len(raw)


def _decoded(raw: bytes, charset: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(charset)("strict").decode(raw)
    except (LookupError, ValueError, TypeError):  # TypeError: what is no charset of text
        return None


def _likelihood(text: str) -> int:
    return sum(character in COMMON for character in text)
