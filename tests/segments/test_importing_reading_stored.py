import gzip
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

from segments.importing.reading import open_table
from segments.importing.reading.stored import FOREIGN
from segments.importing.reading.unpacked import LARGEST_WORKBOOK
from tests.segments.reading_case import DATA, ReadingCase

LIST = "Код;ФИО\n1;Ёлкина Анна\n2;Щукин Пётр\n".encode("cp1251")
ROWS = [(2, "1", "Ёлкина Анна"), (3, "2", "Щукин Пётр")]
# Opens files in a process of its own; prints for each the seconds, the growth of memory in MB and the sentence.
MEASURE = """
import resource, sys, time
from django.conf import settings; settings.configure(USE_I18N=False)
from pathlib import Path
from segments.importing.errors import UnusableFile
from segments.importing.reading import open_table
memory = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = memory()
for path in sys.argv[1:]:
    start = time.perf_counter()
    try:
        open_table(Path(path))
    except UnusableFile as error:
        print(time.perf_counter() - start, memory() - before, error, sep="|")
"""


def packed(*entries: tuple[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(**parts: bytes) -> bytes:
    book, buffer = Workbook(), BytesIO()
    book.active.append(["Код", "ФИО"])
    book.active.append(["1", "Анна"])
    book.save(buffer)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def bomb(path: Path, *names: str, megabytes: int, lie: bool = False) -> None:
    """An archive whose last file unpacks to so much; with `lie` its directory says 1,000 bytes."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    megabyte = deflate.compress(b"<row/>;" * 149_797) + deflate.flush(zlib.Z_FULL_FLUSH)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names[:-1]:
            archive.writestr(name, "<Types/>")
        archive.writestr(names[-1], megabyte * megabytes + deflate.flush())
    content = bytearray(path.read_bytes())
    directory = content.rfind(b"PK\1\2")
    local = struct.unpack_from("<I", content, directory + 42)[0]
    for method, size in ((directory + 10, directory + 24), (local + 8, local + 22)):
        struct.pack_into("<H", content, method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", content, size, 1000 if lie else megabytes * 149_797 * 7)
    path.write_bytes(content)


class ArchiveTest(ReadingCase):
    def test_one_list_inside(self) -> None:
        self.assertEqual(self.rows(packed(("list.csv", LIST))), ROWS)
        self.assertEqual(
            self.rows(packed(("folder/", b""), ("folder/list.csv", LIST), ("__MACOSX/._list.csv", b"x"))), ROWS
        )
        self.assertEqual(self.rows(packed(("book.xlsx", workbook()))), [(2, "1", "Анна")])

    def test_gzip(self) -> None:
        self.assertEqual(self.rows(gzip.compress(LIST)), ROWS)

    def test_a_long_list_is_streamed(self) -> None:
        content = (DATA / "documents.csv").read_bytes()
        want = self.rows_of(DATA / "documents.csv")
        self.assertEqual(self.rows(packed(("documents.csv", content))), want)
        self.assertEqual(self.rows(gzip.compress(content)), want)

    def test_several_files_are_counted(self) -> None:
        self.assertIn("2 файла", self.refused(packed(("a.csv", LIST), ("b.csv", LIST))))
        self.assertIn(
            "10000 файлов", self.refused(packed(*((f"{n}.csv", b"") for n in range(10_000)))).replace("\xa0", "")
        )
        self.assertIn("0 файлов", self.refused(packed()))

    def test_names_that_lead_outside(self) -> None:
        for name in ("../../etc/passwd", "/etc/passwd", "a/../../b.csv", "C:\\windows\\b.csv"):
            with self.subTest(name):
                self.assertIn("за его пределы", self.refused(packed((name, LIST))))

    def test_an_archive_in_an_archive(self) -> None:
        for inner in (packed(("list.csv", LIST)), gzip.compress(LIST)):
            self.assertIn("ещё один архив", self.refused(packed(("inner", inner))))
            self.assertIn("ещё один архив", self.refused(gzip.compress(inner)))

    def test_a_password(self) -> None:
        content = bytearray(packed(("list.csv", LIST)))
        content[6] |= 1
        content[content.find(b"PK\1\2") + 8] |= 1
        self.assertIn("паролем", self.refused(bytes(content)))

    def test_cut_off_or_damaged(self) -> None:
        whole = packed(("list.csv", LIST * 100))
        for content in (whole[: len(whole) // 2], whole[:40] + b"????????" + whole[48:]):
            self.assertTrue(self.refused(content))
        self.assertTrue(self.refused(gzip.compress(LIST * 1000)[:-20]))


class BombTest(ReadingCase):
    def test_what_unpacks_to_a_thousand_megabytes(self) -> None:
        """Refused in two seconds and without the memory, whether the directory tells the size or lies."""
        folder = self.path.parent
        for lie in (False, True):
            bomb(folder / f"book{lie}", "[Content_Types].xml", "xl/worksheets/sheet1.xml", megabytes=1024, lie=lie)
            bomb(folder / f"list{lie}", "list.csv", megabytes=1024, lie=lie)
        bombs = sorted(folder.iterdir())
        self.assertTrue(all(path.stat().st_size < 3_000_000 for path in bombs))
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *map(str, bombs)],
            cwd=DATA.parent.parent, capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 4)
        for path, line in zip(bombs, lines, strict=True):
            seconds, megabytes, sentence = line.split("|")
            with self.subTest(path.name):
                self.assertLess(float(seconds), 2)
                self.assertLess(int(megabytes), 100)
                self.assertTrue(sentence.endswith("."))

    def test_sizes_just_past_the_limit(self) -> None:
        bomb(self.path, "[Content_Types].xml", "xl/x.xml", megabytes=(LARGEST_WORKBOOK >> 20) + 1)
        self.assertTrue(self.refused(self.path.read_bytes()))

    def test_a_gzip(self) -> None:
        self.assertTrue(self.refused(gzip.compress(b"1;2;3\n" * 20_000_000, 1)))


class RenamedTest(ReadingCase):
    def test_what_people_rename_is_called_by_its_name(self) -> None:
        for magic, name in FOREIGN.items():
            with self.subTest(name):
                self.assertIn(name, self.refused(magic + b"\x01\x02;\n" * 50))

    def test_web_pages(self) -> None:
        for page in (
            b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>",
            b"\xef\xbb\xbf\r\n<HTML xmlns:o='urn'><head>", "<html><body>Код".encode("utf-16"), b"<table><tr><td>a;b\n",
        ):  # fmt: skip
            with self.subTest(page[:20]):
                self.assertIn("веб-страница", self.refused(page))

    def test_macros_and_binary_workbooks(self) -> None:
        self.assertIn("макрос", self.refused(workbook(xl__vbaProject_bin=b"x")))
        self.assertIn("двоичном", self.refused(workbook(xl__workbook_bin=b"x")))

    def test_office_files_that_are_no_workbooks(self) -> None:
        self.assertTrue(self.refused(packed(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))))
        self.assertTrue(self.refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)))

    def test_an_empty_file(self) -> None:
        self.assertIn("пуст", self.refused(b""))

    def test_the_name_of_the_file_means_nothing(self) -> None:
        path = self.path.with_suffix(".xlsx")
        path.write_bytes(LIST)
        self.assertEqual(open_table(path).label, "Windows-1251")
