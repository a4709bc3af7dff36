"""Where the bytes of a table lie: in the file itself, inside a gzip, or inside an archive as its only file.

What a file is, is told by its bytes, never by its name. Nothing is unpacked to disk.
"""

import gzip
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from segments.importing.errors import UnusableFile
from segments.importing.reading.unpacked import check_unpacked, is_bomb

HEAD = 4096
MOST_ENTRIES = 1000
ZIP, GZIP, OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP = b"PK\x05\x06"
# What people rename into .csv or .xls, by its first bytes.
FOREIGN = {
    b"%PDF": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", b"{\\rtf": "RTF", b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip", b"SQLite format 3": "SQLite", b"MZ": "EXE", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"1CDBMSV8": "1CD", b"ID3": "MP3", b"\x00\x00\x01\x00": "ICO",
}  # fmt: skip
BROKEN = gettext_lazy("The archive is damaged or was cut off. Pack the file again, or send it unpacked.")
# Files that programs add to archives on their own.
HIDDEN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Stored:
    """`packing`: '' for the file itself, "gzip", or "zip" with the name of the `member`."""

    path: Path
    packing: str = ""
    member: str = ""

    def open(self) -> BinaryIO:
        """The unpacked bytes, as a stream."""
        if self.packing == "gzip":
            return cast(BinaryIO, gzip.open(self.path))
        if self.packing == "zip":
            return cast(BinaryIO, _opened(self.path, self.member))
        return self.path.open("rb")

    def head(self) -> bytes:
        try:
            with self.open() as file:
                return file.read(HEAD)
        except PACKED_WRONG as error:
            raise UnusableFile(str(BROKEN)) from error


def directory_of(file: Path | BinaryIO) -> list[zipfile.ZipInfo]:
    """The entries of a ZIP; raises BadZipFile for whatever is wrong with it."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except DIRECTORY_WRONG as error:
        raise zipfile.BadZipFile from error


def _opened(path: Path, member: str) -> IO[bytes]:
    try:
        return zipfile.ZipFile(path).open(member)
    except DIRECTORY_WRONG as error:
        raise zipfile.BadZipFile from error


#: What zipfile raises besides BadZipFile when offsets and names of a directory are nonsense.
DIRECTORY_WRONG = (ValueError, KeyError, OSError, struct.error)
#: What a damaged archive raises while it is read.
PACKED_WRONG = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError)


def find_stored(path: Path) -> tuple[Stored, str]:
    """The table's bytes and what they are: "sheet", "xml" or "text". Raises UnusableFile for anything else."""
    if path.stat().st_size == 0:
        raise UnusableFile(_("The file is empty. Export it again and make sure that it has rows."))
    stored = Stored(path)
    head = stored.head()
    if head.startswith(GZIP):
        stored = _of_gzip(path)
    elif head.startswith((ZIP, EMPTY_ZIP)) and not _workbook(path):
        stored = _of_archive(path)
    if stored.packing:
        head = stored.head()
        if head.startswith(GZIP) or (head.startswith(ZIP) and not _workbook_inside(stored)):
            raise UnusableFile(_("The archive holds another archive. Send the file that is inside it."))
    return stored, _kind(head)


def _kind(head: bytes) -> str:
    if head.startswith((ZIP, OLE)):
        return "sheet"
    for magic, name in FOREIGN.items():
        if head.startswith(magic):
            raise UnusableFile(
                _("This is a %(kind)s file, whatever its name says. Send the list as CSV or XLSX.") % {"kind": name}
            )
    # NULs are those of UTF-16.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if not text.startswith(b"<"):
        return "text"
    if b"<html" in text or b"<!doctype html" in text or b"<table" in text or b"<head" in text:
        raise UnusableFile(
            _("This is a web page that was saved under another name. Open it in Excel and save it as “Excel workbook”.")
        )
    return "xml"


def _of_gzip(path: Path) -> Stored:
    if is_bomb(path):
        raise UnusableFile(_("The archive unpacks to far more than a list of customers can be. Send the file itself."))
    return Stored(path, "gzip")


def _of_archive(path: Path) -> Stored:
    """The only file of an archive."""
    entries = _entries(path)
    files = [entry for entry in entries if not entry.is_dir() and not _is_hidden(entry.filename)]
    if len(files) != 1:
        raise _many(len(files))
    name = files[0].filename
    if name.startswith(("/", "\\")) or ".." in Path(name.replace("\\", "/")).parts or ":" in name[:3]:
        raise UnusableFile(_("The archive names a place outside itself. Pack the file again."))
    with path.open("rb") as file:
        check_unpacked(file, files)
    return Stored(path, "zip", name)


def _entries(path: Path) -> list[zipfile.ZipInfo]:
    try:
        entries = directory_of(path)
    except PACKED_WRONG as error:
        raise UnusableFile(str(BROKEN)) from error
    if len(entries) > MOST_ENTRIES:
        raise _many(len(entries))
    return entries


def _many(count: int) -> UnusableFile:
    return UnusableFile(
        ngettext(
            "The archive holds %(count)d file. Send an archive with one list, or the list itself.",
            "The archive holds %(count)d files. Send an archive with one list, or the list itself.",
            count,
        )
        % {"count": count}
    )


def _is_hidden(name: str) -> bool:
    return any(part in name for part in HIDDEN) or Path(name).name.startswith("~$")


def _workbook(path: Path) -> bool:
    return is_workbook({entry.filename for entry in _entries(path)})


def _workbook_inside(stored: Stored) -> bool:
    try:
        with stored.open() as file:
            return is_workbook({entry.filename for entry in directory_of(file)})
    except PACKED_WRONG:
        return False


def is_workbook(names: set[str]) -> bool:
    """XLSX and its kin, or ODS, by the files inside."""
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names
