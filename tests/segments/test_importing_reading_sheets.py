import datetime
import zipfile
from io import BytesIO

from django.test import SimpleTestCase
from openpyxl import Workbook

from segments.importing.reading import blocks, open_table
from segments.importing.reading.extents import OdsExtent, RowExtent, SheetExtent
from segments.importing.reading.sheets import text_of
from tests.segments.reading_case import CORPUS, ReadingCase

ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Лист1">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def bytes_of(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book_of(*rows: list[object]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def ods_of(rows: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return buffer.getvalue()


def ods_row(*cells: str, repeated: int = 1) -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{inner}</table:table-row>'


class CellTest(SimpleTestCase):
    def test_cells_are_what_a_person_sees(self) -> None:
        for cell, text in (
            (79991234567.0, "79991234567"), (7.99956e10, "79995600000"), (1234.5, "1234.5"), (0.1 + 0.2, "0.3"),
            (1e-7, "1e-07"), (True, "Да"), (False, "Нет"), (None, ""), ("", ""), ("а\0б", "аб"),
            (datetime.datetime(2025, 12, 31), "31.12.2025"), (datetime.date(1900, 1, 1), "01.01.1900"),
            (datetime.datetime(2038, 1, 19, 3, 14, 8), "19.01.2038 03:14:08"), (datetime.time(9, 5), "09:05:00"),
        ):  # fmt: skip
            with self.subTest(cell):
                self.assertEqual(text_of(cell), text)


class WorkbookTest(ReadingCase):
    def test_dates_are_dates_and_bare_numbers_stay_for_the_cleaning(self) -> None:
        book = book_of(["Код", "Дата рождения", "Срок"], ["1", datetime.date(1980, 5, 17), 29358])
        self.assertEqual(self.rows(bytes_of(book)), [(2, "1", "17.05.1980", "29358")])

    def test_a_vin_that_excel_spoilt_is_handed_on_as_it_is(self) -> None:
        self.assertEqual(self.rows(bytes_of(book_of(["Код", "VIN"], ["1", "1,23457E+16"])))[0][2], "1,23457E+16")

    def test_the_sheet_with_the_table_is_found(self) -> None:
        book = book_of(["Как заполнять", "Так"], ["Код", "обязателен"])
        book.create_sheet("Пусто")
        clients = book.create_sheet("Клиенты")
        for number in range(30):
            clients.append(["Код", "ФИО"] if not number else [str(number), "Анна"])
        self.assertEqual(len(self.rows(bytes_of(book))), 29)
        self.assertEqual(open_table(self.path).label, "Excel, лист «Клиенты»")

    def test_a_hidden_sheet_is_not_read(self) -> None:
        book = book_of(["Код", "ФИО"], ["1", "Анна"])
        hidden = book.create_sheet("Старое")
        for number in range(50):
            hidden.append([f"h{number}", "x"])
        hidden.sheet_state = "hidden"
        self.assertEqual(self.rows(bytes_of(book)), [(2, "1", "Анна")])

    def test_a_table_that_begins_in_the_middle_of_its_sheet(self) -> None:
        book = Workbook()
        for row, cells in enumerate((["Код", "ФИО"], ["1", "Анна"], [None, None], ["2", "Пётр"]), start=5):
            for column, cell in enumerate(cells, start=3):
                book.active.cell(row, column, cell)
        self.assertEqual(self.rows(bytes_of(book)), [(6, "1", "Анна"), (8, "2", "Пётр")])
        self.assertEqual(open_table(self.path).headers, ["Код", "ФИО"])

    def test_rows_that_are_formatted_but_empty_are_no_rows(self) -> None:
        book = book_of(["Код", "ФИО"], ["1", "Анна"])
        book.active["A1048576"].number_format = "0.00"
        self.assertEqual(self.rows(bytes_of(book)), [(2, "1", "Анна")])

    def test_xls_xlsx_and_csv_of_one_table_agree(self) -> None:
        xls = self.rows_of(CORPUS / "csvkit" / "test.xls")
        self.assertEqual(xls, self.rows_of(CORPUS / "csvkit" / "test.xlsx"))
        self.assertEqual(
            [row[1] for row in xls], [row[1] for row in self.rows_of(CORPUS / "csvkit" / "testxls_converted.csv")]
        )
        self.assertEqual(open_table(CORPUS / "csvkit" / "test.xls").label, "Excel")

    def test_ods(self) -> None:
        rows = ods_row("Код", "ФИО") + ods_row("1", "Анна") + ods_row("2", "Пётр", repeated=2)
        empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        self.assertEqual(self.rows(ods_of(rows + empty)), [(2, "1", "Анна"), (3, "2", "Пётр"), (4, "2", "Пётр")])
        self.assertEqual(open_table(self.path).label, "OpenDocument")

    def test_no_table(self) -> None:
        for book in (Workbook(), book_of(["Код", "ФИО"]), book_of(["one"], ["column"])):
            self.assertIn("таблицы", self.refused(bytes_of(book)))

    def test_only_the_wanted_columns_are_read(self) -> None:
        self.path.write_bytes(bytes_of(book_of(["a", "b", "c"], [1, 2, 3])))
        (block,) = blocks(open_table(self.path), ["c"])
        self.assertEqual(list(block.frame.iter_rows()), [(2, "3")])
        self.assertEqual(block.frame.columns, ["line", "c"])


class ExtentTest(ReadingCase):
    def test_two_cells_in_opposite_corners_do_not_take_all_memory(self) -> None:
        book = book_of(["Код", "ФИО"], ["1", "Анна"])
        book.active["XFD1048576"] = "x"
        self.assertIn("ячеек", self.refused(bytes_of(book)))

    def test_repetition_in_ods_does_not_either(self) -> None:
        cells = '<table:table-cell table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell>'
        row = f'<table:table-row table:number-rows-repeated="1000000">{cells}</table:table-row>'
        self.assertIn("ячеек", self.refused(ods_of(ods_row("Код", "ФИО") + row)))

    def test_references_across_two_parts(self) -> None:
        extent, rows = SheetExtent(), RowExtent()
        for part in (b'<row r="1"><c r="A', b'B1"/></row><row><c  r="XF', b'D1048576"/>'):
            extent.add(part)
            rows.add(part)
        self.assertTrue(extent.is_doubtful())
        self.assertEqual((rows.columns, rows.rows), (16384, 1048576))

    def test_a_wide_table_is_fine(self) -> None:
        book = book_of([f"c{n}" for n in range(100)], [str(n) for n in range(100)])
        self.assertEqual(len(self.rows(bytes_of(book))[0]), 101)

    def test_rows_of_ods_in_parts(self) -> None:
        text = (ods_row("a", "b") + ods_row("1", "2", repeated=7)).encode()
        for size in (1, 10, len(text)):
            extent = OdsExtent()
            for start in range(0, len(text), size):
                extent.add(text[start : start + size])
            self.assertEqual(extent.cells(), 16)
