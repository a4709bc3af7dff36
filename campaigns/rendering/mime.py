"""Bytes of a letter: quoted-printable pieces that may be put side by side, and encoded header words.

The splicing rule: a static piece and a value meet at a soft line break (`=CRLF`), so that each can be encoded
by itself and no line passes 76 columns. A dot that would open a line is written `=2E`, so that no transport
has to stuff it. Control characters never leave this module: in bodies and headers they become spaces.
"""

import base64
import re

SOFT_BREAK = b"=\r\n"
FOLD = b"\r\n "  # between encoded words
_WIDTH = 75  # and the "=" of the soft break is the 76th column (RFC 2045, 6.7)
_WORD_BYTES = 42  # of UTF-8 in one encoded word: 12 + 56 characters, below the 75 of RFC 2047
MAX_HEADER_VALUE = 150  # characters of a value that a header takes

# Controls (line breaks, NUL), separators and the marks that turn the direction of text.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_QUOTED = [bytes([byte]) if 32 <= byte <= 126 and byte != 61 else b"=%02X" % byte for byte in range(256)]
_PLAIN = re.compile(rb"[ -<>-~]{0,75}")


def clean(value: str) -> str:
    """One line of text without control characters; lone surrogates become question marks."""
    value = _CONTROLS.sub(" ", value)
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def body_text(text: str) -> bytes:
    """A static piece as quoted-printable. Its line breaks (LF) become CRLF; it must start a line."""
    return b"\r\n".join(_line(line) for line in text.split("\n"))


def body_value(value: str) -> bytes:
    """A cleaned value as quoted-printable between two soft breaks, so that it fits between any two pieces."""
    return SOFT_BREAK + _wrapped(value.encode()) + SOFT_BREAK if value else SOFT_BREAK


def header_words(value: str) -> bytes:
    """A header's text as encoded words (RFC 2047); side by side, words are read without a space between."""
    words = []
    raw = value.encode()
    while raw:
        cut = min(_WORD_BYTES, len(raw))
        while cut < len(raw) and raw[cut] & 0xC0 == 0x80:  # never inside a character
            cut -= 1
        words.append(b"=?utf-8?b?" + base64.b64encode(raw[:cut]) + b"?=")
        raw = raw[cut:]
    return FOLD.join(words)


def header_text(value: str) -> bytes:
    """A whole header's text: as it is when short ASCII, else as encoded words."""
    value = clean(value).strip()
    if value.isascii() and len(value) < 60 and "=?" not in value:
        return value.encode()
    return header_words(value)


def _line(line: str) -> bytes:
    """One hard line: a blank at its end is written out, since transports cut it off."""
    encoded = _wrapped(line.encode())
    if encoded.endswith((b" ", b"\t")):
        last = b"=20" if encoded.endswith(b" ") else b"=09"
        head = encoded[:-1]
        room = _WIDTH - (len(head) - head.rfind(b"\n") - 1)
        return head + (last if room >= len(last) else SOFT_BREAK + last)
    return encoded


def _wrapped(raw: bytes) -> bytes:
    """Quoted and folded at 76 columns, never inside an `=XX`, no line opening with a dot."""
    if len(raw) <= _WIDTH - 2 and _PLAIN.fullmatch(raw):
        return b"=2E" + raw[1:] if raw.startswith(b".") else raw
    quoted = b"".join([_QUOTED[byte] for byte in raw])
    lines = []
    start, total = 0, len(quoted)
    while start < total:
        opening = b"=2E" if quoted[start] == 46 else b""
        width = _WIDTH - 2 if opening else _WIDTH
        end = min(start + width, total)
        if end < total:
            escape = quoted.rfind(b"=", end - 2, end)
            end = escape if escape > start else end
        lines.append(opening + quoted[start + 1 : end] if opening else quoted[start:end])
        start = end
    return SOFT_BREAK.join(lines)
