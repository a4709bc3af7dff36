import json
import random
import subprocess
import sys
import zipfile
from io import BytesIO

from segments.importing.errors import UnusableFile
from segments.importing.reading import Table, blocks, open_table
from segments.importing.reading.heads import HEAD
from tests.segments.reading_case import CORPUS, DATA, ReadingCase
from tests.segments.test_importing_reading_commerceml import document, exchange

# Files of csvkit's examples that are no list with two columns and a row.
NO_TABLES = {
    "date_like_number.csv", "dummy.csv.bz2", "empty.csv", "no_header_row.csv", "no_header_row2.csv",
    "test_date_format.csv", "test_date_format_converted.csv", "test_geojson.json", "test_numeric_date_format.csv",
    "test_precision.csv", "testdbf.dbf", "testjson.json", "testjson_multiline.json", "testjson_nested.json",
    "test_header_newline.csv",
}  # fmt: skip
# Its fixtures disagree: the JSON has other phones than the CSV.
OTHER_CONTENT = {"location_coordinates"}


class CsvSpectrumTest(ReadingCase):
    def test_every_file(self) -> None:
        folder = CORPUS / "csv-spectrum"
        if not folder.exists():
            self.skipTest("the files of npm csv-spectrum are not in tests/data/corpus/csv-spectrum")
        paths = sorted((folder / "csvs").glob("*.csv"))
        self.assertGreaterEqual(len(paths), 12)
        for path in paths:
            table = open_table(path)
            got = [
                {header: row[header] for header in table.headers}
                for block in blocks(table, table.headers)
                for row in block.frame.iter_rows(named=True)
            ]
            want = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
            with self.subTest(path.name):
                self.assertEqual(got == want, path.stem not in OTHER_CONTENT, got)


class CsvkitTest(ReadingCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = CORPUS / "csvkit"
        if not self.folder.exists():
            self.skipTest("the examples of csvkit's source distribution are not in tests/data/corpus/csvkit")

    def table(self, name: str) -> tuple[Table, list[tuple]]:
        table = open_table(self.folder / name)
        return table, [row[1:] for block in blocks(table, table.headers) for row in block.frame.iter_rows()]

    def test_every_file_is_a_table_or_refused_in_a_sentence(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if path.name == "COPYING":
                continue
            with self.subTest(path.name):
                if path.name in NO_TABLES - {"testjson_multiline.json"}:
                    self.assertTrue(self.refused(path.read_bytes()))
                else:
                    table, rows = self.table(path.name)
                    self.assertTrue(all(len(row) == len(table.headers) for row in rows))

    def test_the_same_table_in_many_forms(self) -> None:
        for name in (
            "dummy.csv", "dummy.tsv", "dummy.csv.gz", "dummy.xls", "dummy.xlsx", "optional_quote_characters.csv",
            "test_skip_lines.csv", "sniff_limit.csv",
        ):  # fmt: skip
            table, rows = self.table(name)
            with self.subTest(name):
                self.assertEqual((table.headers, rows), (["a", "b", "c"], [("1", "2", "3")]))
        for name in ("test_utf8.csv", "test_utf8_bom.csv", "test_utf16_big.csv", "test_utf16_little.csv"):
            table, rows = self.table(name)
            with self.subTest(name):
                self.assertEqual((len(table.headers), rows[0], rows[1][:2]), (3, ("1", "2", "3"), ("4", "5")))
                self.assertEqual(rows[1][2], "ʤ")

    def test_old_macs_line_ends(self) -> None:
        self.assertEqual(self.table("mac_newlines.csv")[1], [("1", "2", "3"), ("Once upon\ra time", "5", "6")])

    def test_ragged_rows_are_named_not_guessed(self) -> None:
        table = open_table(self.folder / "bad.csv")
        found = [broken.line for block in blocks(table, table.headers) for broken in block.broken]
        self.assertEqual(found, [2, 3])


class BadTextTest(ReadingCase):
    def test_the_line_that_says_what_the_delimiter_is(self) -> None:
        self.assertEqual(self.rows(b"sep=|\r\na|b;c\r\n1|2;3\r\n"), [(2, "1", "2;3")])

    def test_delimiters_and_newlines_in_a_quoted_header(self) -> None:
        content = '"Код, внешний";"ФИО\nполностью";Сумма\n1;Анна;1 234,50\n2;Пётр;10,00\n'.encode("cp1251")
        self.assertEqual(self.rows(content), [(2, "1", "Анна", "1 234,50"), (3, "2", "Пётр", "10,00")])
        self.assertEqual(open_table(self.path).headers, ["Код, внешний", "ФИО полностью", "Сумма"])

    def test_decimal_commas_are_no_delimiters(self) -> None:
        self.assertEqual(open_table(self.kept(b"a;b\n1,5;2,5\n3,5;4,5\n")).delimiter, ";")

    def kept(self, content: bytes):
        self.path.write_bytes(content)
        return self.path

    def test_mixed_line_ends(self) -> None:
        self.assertEqual(len(self.rows(b"a;b\r\n1;2\n3;4\r5;6\r\n\n7;8")), 4)

    def test_quotes_inside_cells_that_are_not_quoted(self) -> None:
        rows = self.rows('a;b\n1;ООО "Ромашка"\n2;5" диск "18"\n'.encode())
        self.assertEqual([row[2] for row in rows], ['ООО "Ромашка"', '5" диск "18"'])

    def test_nul_and_old_and_far_dates_come_through(self) -> None:
        content = "Код;Дата\n1\0;01.01.1900\n2;19.01.2038 03:14:08\n".encode()
        self.assertEqual(self.rows(content), [(2, "1", "01.01.1900"), (3, "2", "19.01.2038 03:14:08")])

    def test_rows_that_are_all_broken_are_all_named(self) -> None:
        table = open_table(self.kept(b"a;b;c\n1;2\n1;2;3;4\n"))
        self.assertEqual([broken.line for block in blocks(table, table.headers) for broken in block.broken], [2, 3])

    def test_a_header_longer_than_what_is_looked_at(self) -> None:
        self.assertTrue(self.refused(b";".join([b"c" * 2000] * (HEAD // 1000)) + b"\n1;2\n"))

    def test_a_row_longer_than_a_block_says_where(self) -> None:
        content = b"a;b\n1;2\n3;" + b"x" * (20 << 20) + b"\n"
        try:
            self.rows(content)
        except UnusableFile as error:
            self.assertIn("2", str(error))

    def test_a_million_rows_in_the_memory_of_one_block(self) -> None:
        self.path.write_bytes("Код;ФИО;Заметка\n".encode() + "1;Ёлкина Анна;VIP\n".encode() * 1_000_000)
        code = (
            "import resource, sys\nfrom django.conf import settings\nsettings.configure(USE_I18N=False)\n"
            "from pathlib import Path\nfrom segments.importing.reading import blocks, open_table\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "table = open_table(Path(sys.argv[1]))\n"
            "rows = sum(len(block.frame) for block in blocks(table, ['ФИО']))\n"
            "print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(self.path)], cwd=DATA.parent.parent, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        rows, megabytes = map(int, done.stdout.split())
        self.assertEqual(rows, 1_000_000)
        self.assertLess(megabytes, 150)


class MutationTest(ReadingCase):
    """Seeded damage to small files: never anything but a table or a sentence."""

    def seeds(self) -> list[bytes]:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo("list.csv")  # without the time of today: the seeds stay the same
            archive.writestr(entry, "Код;ФИО\n1;Анна\n".encode("cp1251") * 20, zipfile.ZIP_DEFLATED)
        lines = (DATA / "counterparties.csv").read_bytes().splitlines(keepends=True)
        return [
            b"".join(lines[:20]), b"".join(lines[:8]).decode("cp1251").encode("utf-16"), packed.getvalue(),
            (DATA / "sales_report.xlsx").read_bytes(), (CORPUS / "csvkit" / "dummy.xls").read_bytes(),
            exchange(document(1), document(2)),
        ]  # fmt: skip

    def test_two_hundred_mutations(self) -> None:
        chosen = random.Random(20_261_122)
        seeds = self.seeds()
        outcomes = {"table": 0, "refused": 0}
        for number in range(200):
            content = bytearray(seeds[number % len(seeds)])
            for _ in range(chosen.choice((1, 1, 3, 30))):
                _mutate(content, chosen)
            try:
                self.rows(bytes(content))
                outcomes["table"] += 1
            except UnusableFile as error:
                outcomes["refused"] += 1
                self.assertTrue(str(error))
        self.assertGreater(min(outcomes.values()), 20, outcomes)


def _mutate(content: bytearray, chosen: random.Random) -> None:
    place = chosen.randrange(len(content)) if content else 0
    length = chosen.choice((1, 1, 2, 16, 200))
    match chosen.randrange(5):
        case 0:
            content[place : place + length] = chosen.randbytes(length)
        case 1:
            del content[place : place + length]
        case 2:
            content[place:place] = content[place : place + length] * chosen.choice((1, 5))
        case 3:
            content[place:place] = chosen.choice((b'"', b"\0", b"\r", b"\n", b";", b"\xff\xfe", b"\x98", b"<", b"&x;"))
        case 4:
            del content[place:]
