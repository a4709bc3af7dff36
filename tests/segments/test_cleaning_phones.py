import csv
from functools import cache
from pathlib import Path
from unittest import mock

import phonenumbers
import polars as pl
from django.test import SimpleTestCase

from segments.cleaning import phones
from segments.cleaning.phones import HOPELESS, RUSSIAN, clean_phones, judge_phones
from tests.segments.dirty_phones import by_library, dirty_phones

EXPORT = Path(__file__).resolve().parent.parent / "data" / "counterparties.csv"


def reasons(cell: str) -> list[str]:
    return judge_phones(pl.Series([cell])).notes["code"].cast(pl.String).sort().to_list()


def by_row(cells: list[str]) -> list[list[tuple[str, str, bool]]]:
    found: list[list[tuple[str, str, bool]]] = [[] for _ in cells]
    for row, position, *value in clean_phones(pl.Series(cells)).iter_rows():
        assert position == len(found[row])
        found[row].append((value[0], value[1], value[2]))
    return found


class SameAsTheLibraryTest(SimpleTestCase):
    """The columns' answer is that of `phonenumbers`, cell by cell: number, country, mobile or not, and the order."""

    def setUp(self) -> None:
        """What the patterns leave to the library is parsed once, and not again for the comparison."""
        self.enterContext(mock.patch.object(phones, "_parse", cache(phones._parse)))

    def check(self, cells: list[str]) -> int:
        ours = by_row(cells)
        wrong = [
            (cell, mine, theirs) for cell, mine in zip(cells, ours, strict=True) if mine != (theirs := by_library(cell))
        ]
        self.assertEqual(wrong[:10], [])
        return sum(map(bool, ours))

    def test_200_000_dirty_phones(self) -> None:
        valid = self.check(dirty_phones(200_000, seed=5))
        self.assertGreater(valid, 80_000)
        self.assertLess(valid, 120_000)  # as many that must be refused

    def test_every_phone_of_an_export(self) -> None:
        with EXPORT.open(encoding="cp1251", newline="") as file:
            cells = [row[name] for row in csv.DictReader(file, delimiter=";") for name in ("Телефон", "Доп. телефон")]
        self.assertGreater(self.check(cells), 1200)

    def test_what_is_refused_without_asking_is_refused_by_the_library_too(self) -> None:
        starts = ("+7", "+77", "7", "79", "8", "80", "81", "811", "89", "899", "9", "99", "3", "0", "")
        cells = [
            f"{start}{number}"[:length]
            for start in starts
            for number in ("0000000000000", "1234567890123", "2345678901234", "9999999999999", "5108108108108")
            for length in range(1, 13)
        ]
        column = pl.Series(cells)
        hopeless = column.filter(column.str.contains(HOPELESS) & ~column.str.contains(RUSSIAN)).to_list()
        self.assertGreater(len(hopeless), 300)
        self.assertEqual([cell for cell in hopeless if by_library(cell)], [])


class MendingTest(SimpleTestCase):
    def test_letters_that_look_like_digits(self) -> None:
        for cell in ("8 921 675-64-О5", "892l6756405", "8921675б405", "т. 8 92I 675-64-o5 (моб)"):
            with self.subTest(cell):
                self.assertEqual(by_row([cell])[0][0][0], "+79216756405")
                self.assertIn("letter_for_digit", reasons(cell))

    def test_a_word_is_not_a_number(self) -> None:
        for cell in ("Обь", "ООО Зил", "ОООООООООО", "зовут Оля"):
            with self.subTest(cell):
                self.assertEqual(by_row([cell]), [[]])

    def test_other_scripts_digits_become_ascii(self) -> None:
        self.assertEqual(by_row(["８９２１６７５６４０５", "8921675640٥"]), [[("+79216756405", "RU", True)]] * 2)

    def test_excel(self) -> None:
        self.assertEqual(by_row(["7,9216756405E+10", "79216756405.0"]), [[("+79216756405", "RU", True)]] * 2)
        self.assertEqual(reasons("7,9216756405E+10"), ["excel_number", "formatted"])
        self.assertEqual((by_row(["7,92168E+10"]), reasons("7,92168E+10")), ([[]], ["scientific"]))

    def test_country_and_kind(self) -> None:
        self.assertEqual(
            by_row(["+375 29 123-45-67", "8 (812) 320-10-10 доб. 12", "+7 701 234 56 78", "8 800 555 35 35"]),
            [
                [("+375291234567", "BY", True)],
                [("+78123201010", "RU", False)],
                [("+77012345678", "KZ", True)],
                [("+78005553535", "RU", False)],
            ],
        )

    def test_the_order_of_a_cell_is_kept_whoever_reads_its_parts(self) -> None:
        self.assertEqual(
            [phone for phone, *_ in by_row(["+375 29 123-45-67, 89216756405, 8 (812) 320-10-10 доб. 12"])[0]],
            ["+375291234567", "+79216756405", "+78123201010"],
        )

    def test_a_column_that_holds_nothing(self) -> None:
        for cells in ([], ["", ""], ["нет", "-", "+7(___)___-__-__"]):
            with self.subTest(cells):
                judged = judge_phones(pl.Series(cells, dtype=pl.String))
                self.assertEqual((len(judged.clean), len(judged.notes)), (0, 0))

    def test_cells_are_not_changed_in_place(self) -> None:
        cells = pl.Series(["8 921 675-64-О5", "т. 89216756405"])
        before = cells.to_list()
        judge_phones(cells)
        self.assertEqual(cells.to_list(), before)


class ReasonsTest(SimpleTestCase):
    def test_each(self) -> None:
        for cell, expected in {
            "+79216756405": [],
            "8 (921) 675-64-05": ["formatted"],
            "8921675640": ["lost_digit"],
            "921675640": ["lost_digit"],
            "9999999999": ["junk"],
            "89111111111": ["junk"],
            "0000000": ["junk"],
            "123": ["not_a_phone"],
            "+375291234567": ["foreign"],
            "+78123201010": ["landline"],
            "+79216756405, +79608724887": ["several"],
            "+79216756405, 8921675640": ["lost_digit", "several"],
            "нет": [],
        }.items():
            with self.subTest(cell):
                self.assertEqual(reasons(cell), expected)

    def test_the_pattern_follows_the_library(self) -> None:
        example = phonenumbers.example_number_for_type("RU", phonenumbers.PhoneNumberType.MOBILE)
        text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        self.assertEqual(by_row([text]), [[(text, "RU", True)]])
