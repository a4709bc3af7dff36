import csv
import io

import polars as pl
from django.test import SimpleTestCase

from segments.importing.mapping import propose
from segments.importing.reading import blocks, open_table, preview
from segments.importing.reading.reports import CODE, DOCUMENT_PARTS, Records, find_report
from segments.importing.reading.shapes import find_shape, used_columns
from segments.importing.reading.table import Skipped
from tests.segments.reading_case import DATA, ReadingCase

REPORT = DATA / "sales_report.xlsx"


class ShapeTest(SimpleTestCase):
    def test_a_plain_list_has_its_header_first(self) -> None:
        for rows in (
            [["Код", "ФИО"], ["1", "Анна"]],
            [["Код", "", "ФИО"], ["1", "", ""], ["2", "x", "y"]],
            [["2019", "2020"], ["1", "2"]],
            [[], ["Код", "ФИО"], ["1", "Анна"]],
        ):
            shape = find_shape(rows)
            with self.subTest(rows):
                self.assertFalse(shape.is_report)
                self.assertEqual(shape.names, next(row for row in rows if row))

    def test_nothing_like_a_table(self) -> None:
        for rows in ([], [[""], ["", ""]], [["only words"], ["and more"]]):
            self.assertIsNone(find_shape(rows))

    def test_titles_are_not_the_header(self) -> None:
        rows = [["Отчёт", "", ""], ["", "", ""], ["Номер", "Клиент", "Телефон"], ["1", "Анна", "2"], ["2", "Пётр", "3"]]
        shape = find_shape(rows)
        self.assertEqual((shape.header, shape.titles, shape.above), (2, 1, 0))

    def test_merged_cells_stand_over_their_columns(self) -> None:
        rows = [
            ["Отчёт", "", "", ""], ["Дата", "Покупатель", "", "Сумма"], ["", "Имя", "Телефон", ""],
            ["01.02.2025", "Анна", "79", "5"], ["02.02.2025", "Пётр", "78", "6"],
        ]  # fmt: skip
        shape = find_shape(rows, [((1, 1), (1, 2)), ((1, 0), (2, 0)), ((1, 3), (2, 3))])
        self.assertEqual(shape.names, ["Дата", "Покупатель / Имя", "Покупатель / Телефон", "Сумма"])
        self.assertEqual((shape.header, shape.titles), (2, 1))

    def test_without_merged_cells_an_upper_cell_reaches_to_the_next(self) -> None:
        rows = [["", "Покупатель", "", "Сумма"], ["Дата", "Имя", "Телефон", "руб."], ["01.02.2025", "Анна", "79", "5"]]
        self.assertEqual(find_shape(rows).names, ["Дата", "Покупатель / Имя", "Покупатель / Телефон", "Сумма / руб."])

    def test_columns_without_name_and_cells_are_no_columns(self) -> None:
        rows = [["", "Код", "", "ФИО"], ["", "1", "", "Анна"], ["", "2", "x", "Пётр"]]
        self.assertEqual(used_columns(find_shape(rows), rows), [1, 2, 3])


class SalesReportTest(ReadingCase):
    """A report of 1C that somebody saved: title, filters, a header on two levels, groups, «Итого», a signature."""

    def setUp(self) -> None:
        super().setUp()
        self.table = open_table(REPORT)
        self.frame = pl.concat(block.frame for block in blocks(self.table, self.table.headers))

    def test_headers(self) -> None:
        self.assertEqual(
            self.table.headers,
            [
                "Подразделение", "Документ", "Контрагент", "Телефон клиента", "Эл. почта", "Автомобиль / Марка, модель",
                "Автомобиль / VIN", "Автомобиль / Гос. номер", "Автомобиль / Год", "Сумма / Сумма, руб.",
                "Сумма / в т.ч. скидка", *DOCUMENT_PARTS, CODE,
            ],
        )  # fmt: skip

    def test_what_is_no_record_is_counted(self) -> None:
        self.assertEqual(self.table.skipped, Skipped(titles=3, groups=10, totals=1, notes=1))
        self.assertEqual((len(self.frame), self.table.rows), (140, 140))
        self.assertEqual(preview(REPORT, rows=1).skipped, self.table.skipped)

    def test_every_record_is_a_sale_with_its_centre(self) -> None:
        self.assertEqual(self.frame["Вид документа"].unique().to_list(), ["Реализация автомобилей"])
        self.assertEqual(self.frame["Подразделение"].n_unique(), 10)
        self.assertEqual(self.frame.filter(pl.col("Подразделение") == "").height, 0)
        self.assertEqual(self.frame["Сумма / Сумма, руб."].cast(pl.Int64).sum(), 245_775_600)  # what «Итого» says
        self.assertFalse(self.frame["Документ"].str.contains("Итого|Ответственный").any())

    def test_lines_are_those_of_the_sheet(self) -> None:
        first = self.frame.row(0, named=True)
        self.assertEqual((first["line"], first["Подразделение"]), (8, "Максимум Девяткино"))
        self.assertEqual((first["Номер документа"], first["Дата документа"]), ("АА000001002", "12.10.2022 13:43:14"))

    def test_phones_that_became_numbers_are_phones(self) -> None:
        self.assertEqual(self.frame["Телефон клиента"][0], "79055904700")
        self.assertFalse(self.frame["Телефон клиента"].str.contains(r"\.0$|[eE]\+").any())

    def test_a_person_without_a_code_has_one_of_name_and_contacts(self) -> None:
        codes = self.frame[CODE]
        self.assertTrue(codes.str.contains("^[0-9a-f]{20}$").all())
        again = pl.concat(block.frame for block in blocks(open_table(REPORT), [CODE]))
        self.assertEqual(again[CODE].to_list(), codes.to_list())

    def test_the_mapping_knows_its_columns(self) -> None:
        cards, documents = propose("cards", self.table.headers), propose("documents", self.table.headers)
        self.assertEqual((cards["code"], cards["name"]), ([CODE], ["Контрагент"]))
        self.assertEqual((cards["phone"], cards["email"]), (["Телефон клиента"], ["Эл. почта"]))
        self.assertEqual((documents["number"], documents["date"]), (["Номер документа"], ["Дата документа"]))
        self.assertEqual((documents["card_code"], documents["vin"]), ([CODE], ["Автомобиль / VIN"]))

    def test_only_the_wanted_columns_come(self) -> None:
        (block,) = blocks(self.table, ["Автомобиль / VIN"])
        self.assertEqual(block.frame.columns, ["line", "Автомобиль / VIN"])

    def test_the_same_report_as_csv(self) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerows([["Ведомость продаж"], ["Период: 2025"], []])
        writer.writerow([header.rsplit(" / ", 1)[-1] for header in self.table.headers[1:11]])
        for row in self.frame.rows():
            writer.writerow(row[2:12])
        writer.writerow(["Итого", *[""] * 7, "245775600", ""])
        self.path.write_bytes(text.getvalue().encode("cp1251"))
        table = open_table(self.path)
        frame = pl.concat(block.frame for block in blocks(table, table.headers))
        self.assertEqual(table.skipped, Skipped(titles=2, totals=1))
        self.assertEqual(frame["VIN"].to_list(), self.frame["Автомобиль / VIN"].to_list())
        self.assertEqual(frame["Номер документа"].to_list(), self.frame["Номер документа"].to_list())


class RecordsTest(SimpleTestCase):
    ROWS = (
        ["Отчёт по сервису", "", "", ""], ["Организация", "", "", ""], ["Подразделение", "", "", ""],
        ["Заказ", "Клиент", "Телефон", "Сумма"],
        ["ООО Альфа", "", "", "60"], ["Девяткино", "", "", "30"], ["З-1", "Анна", "1", "10"], ["З-2", "Пётр", "2", "20"],
        ["Купчино", "", "", "30"], ["З-3", "Олег", "3", "30"], ["Итого по ООО Альфа", "", "", "60"], ["", "", "", ""],
        ["ООО Бета", "", "", "5"], ["Лахта", "", "", "5"], ["З-4", "Яна", "4", "5"], ["Итого", "", "", "65"],
        ["Главный бухгалтер", "", "Иванова", ""], ["Отпечатано", "", "", ""],
    )  # fmt: skip

    def test_groups_inside_groups(self) -> None:
        merged = [((1, 1), (1, 3)), ((2, 1), (2, 3))]
        shape = find_shape([["Отчёт", "", "", ""], *self.ROWS[3:]], merged)
        self.assertEqual(shape.levels, ["Группа"])
        rows = [list(row) for row in self.ROWS]
        rows[1], rows[2] = ["Организация", "Заказ покупателя", "", ""], ["Подразделение", "", "Контакты", ""]
        shape = find_shape(rows, [])
        self.assertEqual((shape.header, shape.levels), (3, ["Организация", "Подразделение"]))
        records = Records(find_report(shape, rows[4:]))
        names = shape.names
        frame = pl.DataFrame(rows[4:], schema=names, orient="row").insert_column(0, pl.Series("line", range(5, 19)))
        got = records.take(frame.rename(dict(zip(names, records.report.columns, strict=True))))
        self.assertEqual(
            list(got.select(got.columns[:4]).iter_rows()),
            [
                (7, "ООО Альфа", "Девяткино", "З-1"), (8, "ООО Альфа", "Девяткино", "З-2"),
                (10, "ООО Альфа", "Купчино", "З-3"), (15, "ООО Бета", "Лахта", "З-4"),
            ],
        )  # fmt: skip
        self.assertEqual(records.skipped(), Skipped(titles=1, groups=5, totals=2, notes=2))

    def test_groups_go_on_in_the_next_block(self) -> None:
        shape = find_shape([["Отчёт", "", "", ""], *self.ROWS[3:]])
        report = find_report(shape, self.ROWS[4:])
        records = Records(report)
        frame = pl.DataFrame(self.ROWS[4:], schema=report.columns, orient="row").with_row_index("line")
        parts = pl.concat(records.take(frame[start : start + 3]) for start in range(0, len(frame), 3))
        self.assertEqual(parts["Группа"].to_list(), ["Девяткино", "Девяткино", "Купчино", "Лахта"])
