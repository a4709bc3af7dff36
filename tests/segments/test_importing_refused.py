import csv
import io
from pathlib import Path
from unittest import mock

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from segments.importing import refused
from segments.importing.refused import path_of_rejected, rejected_xlsx
from segments.models import ImportBatch
from tests.segments.test_importing_running import Importing

HOSTILE = ["=1+1", '=HYPERLINK("http://x")', "+7(999", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", "－1", "＠x"]


class RejectedWorkbook(Importing):
    def rows(self, batch: ImportBatch, sheet: int = 0) -> list[tuple]:
        return list(load_workbook(path_of_rejected(batch)).worksheets[sheet].iter_rows())

    def test_a_line_says_what_is_wrong_and_the_wrong_cells_are_coloured(self) -> None:
        batch = self.bring("1;Иванов Пётр;8921675640;нет@@такого;02.01.1960;;\r\n;Без кода;;;;;\r\n")
        header, first, second = self.rows(batch)
        self.assertEqual(batch.counters["rejected_file"], str(path_of_rejected(batch)))
        named = dict(zip([cell.value for cell in header], first, strict=True))
        self.assertEqual((first[0].value, second[0].value), (2, 3))
        self.assertEqual(named["Телефон"].value, "8921675640")
        for column, is_wrong in (("Телефон", True), ("E-mail", True), ("ФИО", False)):
            self.assertEqual(named[column].comment is not None, is_wrong, column)
            self.assertEqual(named[column].fill.fgColor.rgb == "FFFEE2E2", is_wrong, column)
        self.assertIn(named["Телефон"].comment.text, first[1].value)
        self.assertIn(named["E-mail"].comment.text, first[1].value)

    def test_whatever_a_cell_begins_with_it_is_text_and_comes_back_equal(self) -> None:
        lines = [["Код", "ФИО", "Город"], *([str(n), "ТЕСТ ТЕСТОВ", text] for n, text in enumerate(HOSTILE))]
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(lines)
        batch = self.bring_files({"cards": io.BytesIO(text.getvalue().encode())})
        header, *rows = self.rows(batch)
        cells = [row[[cell.value for cell in header].index("Город")] for row in rows]
        self.assertEqual([cell.value for cell in cells], HOSTILE)
        self.assertEqual({(cell.data_type, cell.number_format) for cell in cells}, {("s", "@")})

    def test_letters_that_xml_cannot_say_are_written_by_their_codes(self) -> None:
        cells = ["<b>&amp;</b>", "вверх\x0bвниз", "_x0041_", "д" * 40_000, "строка\r\nстрока", '"']
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows([
            ["Код", "ФИО", "Город"], *([str(n), "ТЕСТ ТЕСТОВ", cell] for n, cell in enumerate(cells)),
        ])  # fmt: skip
        batch = self.bring_files({"cards": io.BytesIO(text.getvalue().encode())})
        sheet = CalamineWorkbook.from_path(str(path_of_rejected(batch))).get_sheet_by_index(0).to_python()
        found = [row[sheet[0].index("Город")] for row in sheet[1:]]
        self.assertEqual(found, [*cells[:3], cells[3][:32_767], *cells[4:]])

    def test_a_broken_line_is_given_back_whole(self) -> None:
        batch = self.bring("1;только две\r\n")
        _header, row = self.rows(batch)
        self.assertIn("только две", row[-1].value)

    def test_each_file_has_its_sheets_and_a_full_one_is_followed_by_another(self) -> None:
        with mock.patch.object(refused, "LARGEST", 2):
            batch = self.bring(";Раз;;;;;\r\n;Два;;;;;\r\n;Три;;;;;\r\n", ";08.03.2020;Посещение;1;;;;;\r\n")
        book = load_workbook(path_of_rejected(batch))
        self.assertEqual([sheet.max_row for sheet in book.worksheets], [3, 2, 2])
        self.assertEqual(len({sheet.title for sheet in book.worksheets}), 3)

    def test_nothing_refused_makes_no_file(self) -> None:
        batch = self.bring("1;Иванов Пётр;89216756405;;;;\r\n")
        self.assertIsNone(batch.counters["rejected_file"])

    def test_comments_are_counted(self) -> None:
        with mock.patch.object(refused, "COMMENTED", 1):
            batch = self.bring("1;Иванов Пётр;8921675640;;;;\r\n2;Ким Анна;8921675641;;;;\r\n")
        rows = self.rows(batch)
        self.assertEqual(sum(cell.comment is not None for row in rows for cell in row), 1)
        self.assertEqual(rejected_xlsx(batch, Path(path_of_rejected(batch))), 2)
