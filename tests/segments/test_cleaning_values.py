from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from django.test import SimpleTestCase

from segments.catalogue_seed import brands, cities
from segments.cleaning.dates import clean_birthday, clean_date, clean_moment, is_no_date
from segments.cleaning.sums import clean_sum
from segments.cleaning.vehicles import clean_plate, clean_vin, clean_year
from segments.cleaning.words import clean_condition, clean_consent, clean_sex


def each(clean: pl.Expr, *cells: str) -> list[object]:
    return pl.DataFrame({"cell": cells}).select(clean.alias("clean"))["clean"].to_list()


CELL = pl.col("cell")


class DatesTest(SimpleTestCase):
    def test_days(self) -> None:
        cells = (
            "27.07.1996",
            "27.07.1996 0:00:00",
            "1996-07-27",
            "01.01.1900",
            "01.01.0001 0:00:00",
            "  .  .    ",
            "31.02.2020",
            "x",
        )
        day = date(1996, 7, 27)
        self.assertEqual(each(clean_date(CELL), *cells), [day, day, day, None, None, None, None, None])

    def test_no_date_is_no_mistake(self) -> None:
        self.assertEqual(
            each(is_no_date(CELL), "  .  .    ", "01.01.0001 0:00:00", "01.01.1900", "32.01.2020"),
            [True, True, True, False],
        )

    def test_birthday_of_the_unborn(self) -> None:
        self.assertEqual(each(clean_birthday(CELL), "01.02.2095", "01.02.1980"), [None, date(1980, 2, 1)])

    def test_moments_are_read_in_the_source_s_time_zone(self) -> None:
        moments = each(clean_moment(CELL, "Asia/Vladivostok"), "08.03.2020 9:05:07", "08.03.2020", "08.03.2020 99:00")
        self.assertEqual(moments[0], datetime(2020, 3, 7, 23, 5, 7, tzinfo=UTC))
        self.assertEqual(moments[1], moments[2])


class SumsTest(SimpleTestCase):
    def test_sums(self) -> None:
        cells = ("1\u00a0032\u00a0000,00", "1 032 000,00", "1155000", "36 500,5 руб.", "", "нет", "1" * 14)
        self.assertEqual(
            each(clean_sum(CELL), *cells),
            [
                Decimal("1032000.00"),
                Decimal("1032000.00"),
                Decimal("1155000.00"),
                Decimal("36500.50"),
                None,
                None,
                None,
            ],
        )


class VehiclesTest(SimpleTestCase):
    def test_vin_look_alikes(self) -> None:
        self.assertEqual(
            each(clean_vin(CELL), "ХWEFА3DBК1Р772902", "xweFA3DBK1P772902", "7,99956E+10", "123"),
            ["XWEFA3DBK1P772902"] * 2 + ["", ""],
        )

    def test_plates(self) -> None:
        self.assertEqual(
            each(clean_plate(CELL), "е383мм147", "В492ВР 198", "без номера"), ["E383MM147", "B492BP198", ""]
        )

    def test_years(self) -> None:
        self.assertEqual(each(clean_year(CELL), "2018", "2018.0", "18", "3018"), [2018, 2018, None, None])


class WordsTest(SimpleTestCase):
    def test_an_empty_cell_is_not_consent(self) -> None:
        self.assertEqual(
            each(clean_consent(CELL), "Да", "1", "Нет", "0", "", "?"), [True, True, False, False, None, None]
        )

    def test_sex_and_condition(self) -> None:
        self.assertEqual(each(clean_sex(CELL), "М", "Женский", "жен.", ""), ["m", "f", "f", ""])
        self.assertEqual(each(clean_condition(CELL), "Новый", "С пробегом", ""), ["new", "used", ""])


class SeedTest(SimpleTestCase):
    def test_no_spelling_means_two_things(self) -> None:
        for words in (
            [word for _, spellings in brands() for word in spellings],
            [word for _, _, spellings in cities() for word in spellings],
        ):
            self.assertEqual(len(words), len(set(words)))
