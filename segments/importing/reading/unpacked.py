"""How large an archive really is: counted while its bytes are inflated, since the directory of a ZIP can lie."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from segments.importing.errors import UnusableFile
from segments.importing.reading.extents import Extent, OdsExtent, RowExtent, SheetExtent

LARGEST_WORKBOOK = 400 << 20  # a workbook is unpacked into memory
LARGEST_RATIO = 100  # text of a list packs 5 to 20 times
HARMLESS = 64 << 20  # however well it packs
CHUNK = 1 << 20
FARTHEST = 1 << 40  # no file is so long
LOCAL_HEADER = struct.Struct("<4s22xHH")
ENCRYPTED = 0x1


def check_workbook(file: BinaryIO, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Raises UnusableFile when the parts of a workbook are more than memory should take."""
    too_large = UnusableFile(_("The workbook is too large when unpacked. Save the list as CSV and send that."))
    _check_methods(entries)
    if sum(entry.file_size for entry in entries) > LARGEST_WORKBOOK:
        raise too_large
    for entry in entries:
        extent = OdsExtent() if entry.filename == "content.xml" else SheetExtent()
        if _inflated(file, entry, entry.file_size, extent) > entry.file_size:
            raise too_large
        if isinstance(extent, SheetExtent) and extent.is_doubtful():
            extent = RowExtent()
            _inflated(file, entry, entry.file_size, extent)
        if extent.cells() > extent.most:
            raise UnusableFile(
                _("The sheet spans far more cells than it fills. Copy the table to a new sheet and send that.")
            )


def check_unpacked(file: BinaryIO, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Raises UnusableFile for files that cannot be unpacked, that are bombs, or whose size is a lie."""
    _check_methods(entries)
    for entry in entries:
        allowed = max(HARMLESS, entry.compress_size * LARGEST_RATIO)
        size = _inflated(file, entry, min(allowed, entry.file_size))
        if size > entry.file_size or entry.file_size > allowed:
            raise UnusableFile(
                _("The archive unpacks to far more than a list of customers can be. Send the file itself.")
            )


def is_bomb(path: Path) -> bool:
    """Whether a gzip unpacks to far more than any text would."""
    allowed, size = max(HARMLESS, path.stat().st_size * LARGEST_RATIO), 0
    with gzip.open(path) as file:
        try:
            while size <= allowed and (part := file.read(CHUNK)):
                size += len(part)
        except (OSError, EOFError, zlib.error):
            return False  # it is damaged: that is said when its text is read
    return size > allowed


def _check_methods(entries: Sequence[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise UnusableFile(_("The file is protected by a password. Send it without one."))
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise UnusableFile(_("The archive is packed in an unusual way. Pack it as an ordinary ZIP."))


def _inflated(file: BinaryIO, entry: zipfile.ZipInfo, limit: int, extent: Extent | None = None) -> int:
    """Bytes that an entry really unpacks to, all of them shown to `extent`; counting stops past `limit`."""
    damaged = UnusableFile(_("The archive is damaged or was cut off. Pack the file again, or send it unpacked."))
    if not 0 <= entry.header_offset < FARTHEST:
        raise damaged
    file.seek(entry.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise damaged
    file.seek(sum(LOCAL_HEADER.unpack(header)[1:]), 1)
    size = 0
    try:
        for part in _parts(file, entry):
            size += len(part)
            if size > limit:
                break
            if extent:
                extent.add(part)
    except zlib.error as error:
        raise damaged from error
    return size


def _parts(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    stream = None if entry.compress_type == zipfile.ZIP_STORED else zlib.decompressobj(-zlib.MAX_WBITS)
    left, kept = entry.compress_size, b""
    while stream is None or not stream.eof:
        packed = kept or file.read(min(CHUNK, left))
        left -= 0 if kept else len(packed)
        if not packed:
            return
        yield stream.decompress(packed, CHUNK) if stream else packed
        kept = stream.unconsumed_tail if stream else b""
