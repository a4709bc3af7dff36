"""How a text becomes SMS: alphabets, segments, transliteration and price. Pure.

3GPP TS 23.038 6.2.1 gives the 7-bit alphabet and its extension table, TS 23.040 9.2.3.24.1 the header of a
concatenated message: six octets that take seven septets or three UTF-16 units from every segment. A character
of the extension table is an escape and a septet, a character outside the basic plane a pair of surrogates;
neither may be torn between two segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
EXTENDED = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F,
    "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
# Character → its octets, one a septet: packing seven bits into eight is the operator's business.
SEPTETS = {char: bytes([code]) for code, char in enumerate(BASIC) if code != ESCAPE} | {
    char: bytes([ESCAPE, code]) for char, code in EXTENDED.items()
}
MAX_PARTS = 255  # the header counts them in one octet


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


# Units (septets, UTF-16 units) of a text that fits one message, and of a segment of several.
LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


class TooLong(ValueError):
    """The text takes more than 255 segments: no handset joins them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text takes. `used`: units of the whole text; `left`: units that still fit the last part for free; `dear`:
    the few characters to blame when a text that is otherwise GSM has to go as UCS-2."""

    encoding: Encoding
    used: int
    left: int
    parts: int
    dear: tuple[str, ...] = ()

    @property
    def too_long(self) -> bool:
        return self.parts > MAX_PARTS


def encoding_of(text: str) -> Encoding:
    """One character outside the 7-bit alphabet makes the whole text UCS-2."""
    return Encoding.GSM7 if all(char in SEPTETS for char in text) else Encoding.UCS2


def measure(text: str) -> Measure:
    """Everything a counter beside an editor shows; an empty text takes no part."""
    encoding = encoding_of(text)
    single, limit = LIMITS[encoding]
    lengths = [_units(char, encoding) for char in text]
    used = sum(lengths)
    if used <= single:
        return Measure(encoding, used, single - used, int(bool(text)), dear(text))
    parts, last = 1, 0
    for length in lengths:
        if last + length > limit:
            parts, last = parts + 1, 0
        last += length
    return Measure(encoding, used, limit - last, parts, dear(text))


def parts(text: str) -> int:
    """Segments that the operator will charge for."""
    return measure(text).parts


def price(text: str, per_part: Decimal) -> Decimal:
    """Roubles for one message at the account's price of a segment."""
    return parts(text) * per_part


def split(text: str) -> list[bytes]:
    """The segments, without headers: an octet a septet, or UTF-16 big-endian. Raises TooLong. Half a surrogate pair,
    which UTF-16 cannot carry, becomes a question mark."""
    encoding = encoding_of(text)
    single, limit = LIMITS[encoding]
    pieces = [_encoded(char, encoding) for char in text]
    octet = 1 if encoding is Encoding.GSM7 else 2
    whole = b"".join(pieces)
    if len(whole) <= single * octet:
        return [whole] if whole else []
    segments = [b"".join(segment) for segment in _filled(pieces, limit * octet)]
    if len(segments) > MAX_PARTS:
        raise TooLong(f"{len(segments)} segments of {MAX_PARTS}")
    return segments


def dear(text: str) -> tuple[str, ...]:
    """The distinct characters outside the 7-bit alphabet, as they come, when dropping them would make the text cheap: not
    in a text whose letters are mostly of another script."""
    outside = [char for char in text if char not in SEPTETS]
    letters = [char for char in text if char.isalpha()]
    foreign = sum(char not in SEPTETS for char in letters)
    return () if foreign * 2 > len(letters) else tuple(dict.fromkeys(outside))


def _units(char: str, encoding: Encoding) -> int:
    return len(SEPTETS[char]) if encoding is Encoding.GSM7 else 1 + (ord(char) > 0xFFFF)


def _encoded(char: str, encoding: Encoding) -> bytes:
    return SEPTETS[char] if encoding is Encoding.GSM7 else char.encode("utf-16-be", "replace")


def _filled(pieces: list[bytes], limit: int) -> Iterator[list[bytes]]:
    segment: list[bytes] = []
    length = 0
    for piece in pieces:
        if length + len(piece) > limit:
            yield segment
            segment, length = [], 0
        segment.append(piece)
        length += len(piece)
    yield segment


# The passport's table: ICAO Doc 9303 part 3, section 6 B, in force in Russia by order 2113 of the Ministry of
# Foreign Affairs (12.02.2020). People read their own names in it on bank cards and passports.
LETTERS = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziiklmnoprstufye", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ь": "", "ю": "iu", "я": "ia",
}  # fmt: skip
# Typography that costs a cheap text half of its length, and what says the same in the 7-bit alphabet.
TYPOGRAPHY = {
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "`": "'",
    "—": "-", "–": "-", "−": "-", "‑": "-", "…": "...", "№": "N", "₽": "RUB", "×": "x", "•": "-", "·": "-",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\u00ad": "", "\u200b": "", "\ufeff": "",
}  # fmt: skip


def transliterated(text: str) -> str:
    """Russian letters in Latin by the passport's table, and typography made plain; what neither table knows stays, and
    `dear` shows it. Capitals: «Щ» gives Shch, inside a word of capitals SHCH."""
    return "".join(_latin(text, place) for place in range(len(text)))


def _latin(text: str, place: int) -> str:
    char = text[place]
    latin = LETTERS.get(char.lower())
    if latin is None:
        return TYPOGRAPHY.get(char, char)
    if char.islower() or not latin:
        return latin
    following, preceding = text[place + 1 : place + 2], text[max(place - 1, 0) : place]
    shouting = following.isupper() or (preceding.isupper() and not following.isalpha())
    return latin.upper() if shouting else latin.capitalize()


def read_gsm(octets: bytes) -> str:
    """Text of unpacked septets. As TS 23.038 says: an escape before an unknown code is a space and the code's usual
    character, one at the end is a space; octets past the alphabet are question marks."""
    basic = "".join(" " if code == ESCAPE else char for code, char in enumerate(BASIC))
    extended = {code: char for char, code in EXTENDED.items()}
    text: list[str] = []
    escaped = False
    for octet in octets:
        if escaped and octet in extended:
            text[-1] = extended[octet]
        else:
            text.append(basic[octet] if octet < len(basic) else "?")
        escaped = octet == ESCAPE
    return "".join(text)
