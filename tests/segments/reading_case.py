"""What the tests of `segments.importing.reading` share: a file to write to, and its rows or its refusal."""

import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from segments.importing.errors import UnusableFile
from segments.importing.reading import blocks, open_table

DATA = Path(__file__).parent.parent / "data"
CORPUS = DATA / "corpus"


class ReadingCase(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "table"

    def rows_of(self, path: Path, **options: str) -> list[tuple]:
        table = open_table(path, **options)
        return [row for block in blocks(table, table.headers) for row in block.frame.iter_rows()]

    def rows(self, content: bytes, **options: str) -> list[tuple]:
        self.path.write_bytes(content)
        return self.rows_of(self.path, **options)

    def refused(self, content: bytes) -> str:
        with self.assertRaises(UnusableFile) as caught:
            self.rows(content)
        sentence = str(caught.exception)
        self.assertTrue(sentence.endswith("."), sentence)
        return sentence
