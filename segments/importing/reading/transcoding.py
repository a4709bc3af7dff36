"""A text in any encoding as UTF-8, while it streams by."""

import codecs
from types import TracebackType
from typing import BinaryIO, Self

from segments.importing.reading.encodings import REPLACED, Text


class Utf8:
    """A stream of the UTF-8 bytes of `file` past its first `start` bytes. Bytes that are no text in the encoding
    become U+FFFD, and `is_damaged` is true from then on."""

    closed = False

    def __init__(self, file: BinaryIO, text: Text, start: int) -> None:
        self.file, self.is_damaged = file, False
        self.is_plain = text.encoding == "utf-8" and not text.damaged
        self.decoder = codecs.getincrementaldecoder(text.encoding)("replace")
        file.seek(start)

    def for_arrow(self) -> "BinaryIO | Utf8":
        """The quickest thing that gives these bytes."""
        return self.file if self.is_plain else self

    def read(self, size: int = -1) -> bytes:
        while True:
            part = self.file.read(size)
            text = self.decoder.decode(part, final=not part)
            self.is_damaged = self.is_damaged or REPLACED in text
            if text or not part:
                return text.encode()

    def close(self) -> None:
        self.closed = True
        self.file.close()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
