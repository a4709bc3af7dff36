"""In which encoding a text file is written: byte order marks, UTF-16, UTF-8, then Russian by its letter pairs."""

import codecs
from typing import BinaryIO, NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from segments.importing.errors import UnusableFile
from segments.importing.reading.russian import guess_russian

CHUNK = 1 << 20
SAMPLE = 256 << 10
#: Encodings that a person may pick, and how the page calls them.
LABELS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp866": "CP866 (DOS)",
    "mac_cyrillic": "MacCyrillic",
    "cp1252": "Windows-1252",
}
WIDE = ("utf-16-le", "utf-16-be")
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
CONTROL = bytes(set(range(0x20)) - set(b"\t\n\r\x1a"))  # DOS ends a text with 0x1A
ASCII = bytes(range(0x80))
REPLACED = "\ufffd"


class Text(NamedTuple):
    """What all bytes of a text file say about it. `bom` bytes stand before the text; `damaged`: some bytes are no
    text in this encoding (they are read as U+FFFD)."""

    encoding: str
    bom: int
    damaged: bool
    has_nul: bool
    lines: int
    odd_quotes: bool

    @property
    def label(self) -> str:
        return LABELS[self.encoding]


def examine(file: BinaryIO, picked: str | None = None) -> Text:
    """Read a text once, to its end. `picked` is the encoding that a person chose (a key of LABELS). Raises
    UnusableFile when the bytes are no text, or when nothing tells which of several encodings they are in."""
    first = file.read(CHUNK)
    bom, marked = next(((mark, name) for mark, name in BOMS if first.startswith(mark)), (b"", ""))
    encoding = marked or picked or _wide(first[:SAMPLE])
    first = first[len(bom) :]
    if encoding in WIDE:
        return _examine_wide(first, file, encoding)._replace(bom=len(bom))
    if _is_binary(first[:SAMPLE]):
        raise UnusableFile(
            _("This is neither a CSV nor an XLSX file. Save the list as “CSV” or “Excel workbook (*.xlsx)”.")
        )
    return _examine_bytes(first, file, encoding)._replace(bom=len(bom))


class Tally:
    """Lines and quotation marks of a text that comes in parts."""

    def __init__(self) -> None:
        self.feeds, self.returns, self.quotes, self.has_nul, self.last = 0, 0, 0, False, b""

    def add(self, part: bytes) -> None:
        self.feeds += part.count(b"\n")
        self.returns += part.count(b"\r")
        self.quotes += part.count(b'"')
        self.has_nul = self.has_nul or b"\0" in part
        self.last = part[-1:] or self.last

    def text(self, encoding: str, damaged: bool) -> Text:
        ends = max(self.feeds, self.returns)  # lines end with LF, CR or both; a file that mixes them has about so many
        lines = ends + (self.last not in (b"\n", b"\r"))
        return Text(encoding, 0, damaged, self.has_nul, lines, self.quotes % 2 == 1)


def _examine_wide(part: bytes, file: BinaryIO, encoding: str) -> Text:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    tally, damaged = Tally(), False
    while True:
        text = decoder.decode(part, final=not part)
        damaged = damaged or REPLACED in text
        tally.add(text.encode())
        if not part:
            return tally.text(encoding, damaged)
        part = file.read(CHUNK)


def _examine_bytes(part: bytes, file: BinaryIO, encoding: str) -> Text:
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    tally, fits, sample = Tally(), True, b""
    while part:
        fits = fits and _decodes(decoder, part)
        tally.add(part)
        if len(sample) < SAMPLE and not part.isascii():
            start = len(part) - len(part.lstrip(ASCII))
            sample += part[start : start + SAMPLE - len(sample)]
        part = file.read(CHUNK)
    fits = fits and _decodes(decoder, b"")
    if encoding:
        return tally.text(encoding, not fits)
    if fits or _is_damaged_utf8(sample):
        return tally.text("utf-8", not fits)
    encoding = guess_russian(sample)
    if not encoding:
        raise UnusableFile(
            _(
                "The encoding of the text cannot be told. Choose it below, or save the file as CSV in UTF-8 and send that."
            )
        )
    return tally.text(encoding, encoding == "cp1251")  # one byte means nothing there; all mean something elsewhere


def _wide(first: bytes) -> str:
    """UTF-16 without a mark: every second byte is that of Latin, Cyrillic or punctuation; '' for other texts."""
    data = np.frombuffer(first, dtype=np.uint8)[: len(first) // 2 * 2]
    if len(data) < 8 or not (data == 0).any():
        return ""
    blocks = np.isin(data, (0x00, 0x04, 0x20, 0x21))
    for encoding, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        if blocks[high::2].mean() > 0.95 and (data[low::2] != 0).mean() > 0.95:
            return encoding
    return ""


def _is_binary(sample: bytes) -> bool:
    return len(sample) - len(sample.translate(None, CONTROL)) > max(4, len(sample) // 100)


def _is_damaged_utf8(sample: bytes) -> bool:
    """Ten good characters for each that is not."""
    text = sample.decode("utf-8", "replace")
    good = len(text) - text.count(REPLACED) - sum(map(str.isascii, text))
    return good >= 10 * max(1, text.count(REPLACED))


def _decodes(decoder: codecs.IncrementalDecoder, part: bytes) -> bool:
    try:
        decoder.decode(part, final=not part)
    except UnicodeDecodeError:
        return False
    return True
