import io
import tempfile
import zipfile
from pathlib import Path

from django.test import SimpleTestCase
from openpyxl import Workbook

from segments.importing.errors import UnusableFile
from segments.importing.mapping import check, propose
from segments.importing.reading import blocks, open_table, preview

DATA = Path(__file__).parent.parent / "data"


class ReadingTest(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "table"

    def rows(self, content: bytes) -> list[tuple]:
        self.path.write_bytes(content)
        table = open_table(self.path)
        return [row for block in blocks(table, table.headers) for row in block.frame.iter_rows()]

    def refused(self, content: bytes) -> str:
        with self.assertRaises(UnusableFile) as caught:
            self.rows(content)
        return str(caught.exception)

    def test_encodings_and_delimiters(self) -> None:
        for encoding in ("cp1251", "utf-8", "utf-8-sig"):
            for delimiter in ";,\t":
                for end in ("\n", "\r\n"):
                    with self.subTest(encoding=encoding, delimiter=delimiter, end=end):
                        text = end.join(
                            (f"Код{delimiter}ФИО", f'1{delimiter}"Ёлкина{delimiter} Анна"', f"2{delimiter}")
                        )
                        self.assertEqual(
                            self.rows(text.encode(encoding)), [(2, "1", f"Ёлкина{delimiter} Анна"), (3, "2", "")]
                        )

    def test_quoted_newlines_and_quotes(self) -> None:
        self.assertEqual(
            self.rows('a;b\n1;"VIP\nпосле ""18"""\n2;x\n'.encode()), [(2, "1", 'VIP\nпосле "18"'), (3, "2", "x")]
        )

    def test_a_quote_left_open_is_named_by_its_line(self) -> None:
        self.path.write_bytes('a;b;c;d\n1;2;3;4\nА3;"Орлов;;\n5;6;7;8\n9;10;11;12\n'.encode())
        with self.assertRaisesRegex(UnusableFile, "3") as caught:
            table = open_table(self.path)
            list(blocks(table, table.headers))
        self.assertNotIn("CSV parse", str(caught.exception))

    def test_headers_that_repeat_or_are_empty_get_names(self) -> None:
        self.path.write_bytes("Телефон;;Телефон\n1;2;3\n".encode())
        self.assertEqual(open_table(self.path).headers, ["Телефон", "№ 2", "Телефон (2)"])

    def test_a_line_with_other_cells_is_named_and_left_out(self) -> None:
        self.path.write_bytes(b"a;b\n1;2\n1;2;3\n4\n5;6\n")
        table = open_table(self.path)
        (block,) = blocks(table, table.headers)
        self.assertEqual([broken.line for broken in block.broken], [3, 4])
        self.assertEqual(block.frame["line"].to_list(), [2, 5])

    def test_what_is_no_table_is_refused_with_a_sentence(self) -> None:
        for content in (
            b"", b"just words", b"a;b\n", b"\x89PNG\0\0\0", bytes(range(1, 256)) * 50,
            'Код;ФИО\n1;"Анна\n2;Пётр\n3;Олег\n'.encode("cp1251"),
        ):  # fmt: skip
            with self.subTest(content[:20]):
                self.assertTrue(self.refused(content).endswith("."))

    def test_an_open_quotation_mark_is_named_by_its_line(self) -> None:
        self.assertIn("3", self.refused('Код;ФИО\n1;Ян\n2;"Анна\n3;Олег\n'.encode("cp1251")))

    def test_a_cell_of_a_million_characters_costs_only_its_row(self) -> None:
        self.path.write_bytes(b"a;b\n1;2\n3;" + b"x" * 1_000_000 + b"\n5;6\n")
        table = open_table(self.path)
        (block,) = blocks(table, table.headers)
        self.assertEqual(list(block.frame.iter_rows()), [(2, "1", "2"), (4, "5", "6")])
        self.assertEqual([(broken.line, broken.reason) for broken in block.broken], [(3, "long_cell")])

    def test_ten_thousand_columns(self) -> None:
        header, row = ";".join(f"column {i}" for i in range(10_000)), ";".join("1" for _ in range(10_000))
        self.assertEqual(len(self.rows(f"{header}\n{row}\n".encode())[0]), 10_001)

    def test_only_the_wanted_columns_are_read(self) -> None:
        self.path.write_bytes(b"a;b;c\n1;2;3\n")
        (block,) = blocks(open_table(self.path), ["c"])
        self.assertEqual(block.frame.columns, ["line", "c"])

    def test_a_workbook(self) -> None:
        book = Workbook()
        for cells in (["Код", "Телефон"], ["А-1", 79216756405], ["А-2", None]):
            book.active.append(cells)
        book.save(self.path)
        table = open_table(self.path)
        (block,) = blocks(table, table.headers)
        self.assertEqual(list(block.frame.iter_rows()), [(2, "А-1", "79216756405"), (3, "А-2", "")])

    def test_an_archive_that_is_no_workbook_and_a_bomb(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("hello.txt", "hello")
        self.assertTrue(self.refused(buffer.getvalue()))
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet.xml", "w") as entry:
            for _ in range(401):
                entry.write(bytes(1 << 20))
        self.assertTrue(self.refused(buffer.getvalue()))

    def test_preview_is_decoded(self) -> None:
        shown = preview(DATA / "counterparties.csv", rows=3)
        self.assertEqual((shown.encoding, shown.delimiter, len(shown.rows)), ("cp1251", ";", 3))
        self.assertEqual(shown.rows[0][:2], ["АА-0000162", "ермакова  людмила степановна"])


class MappingTest(SimpleTestCase):
    def test_the_usual_headers_are_recognised(self) -> None:
        columns = propose("cards", open_table(DATA / "counterparties.csv").headers)
        self.assertEqual(columns["phone"], ["Телефон", "Доп. телефон"])
        self.assertEqual(columns["consent"], ["Согласие на рассылку"])
        documents = propose("documents", open_table(DATA / "documents.csv").headers)
        self.assertEqual((documents["kind"], documents["vin"]), (["Вид операции"], ["VIN"]))

    def test_a_needed_field_without_a_column(self) -> None:
        headers = ["Код", "Телефон"]
        with self.assertRaisesMessage(UnusableFile, "Телефон"):
            check("cards", propose("cards", headers), headers)

    def test_a_column_or_field_that_does_not_exist(self) -> None:
        for columns in ({"code": ["Код"], "name": ["Имя"]}, {"code": ["Код"], "name": ["Код"], "shoe_size": ["Код"]}):
            with self.subTest(columns), self.assertRaises(UnusableFile):
                check("cards", columns, ["Код"])
