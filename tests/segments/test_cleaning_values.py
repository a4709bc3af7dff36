from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from django.test import SimpleTestCase

from segments.catalogue_seed import brands, cities
from segments.cleaning.cities import plain_city
from segments.cleaning.dates import BIRTH_YEARS, clean_birthday, clean_date, clean_moment, is_no_date, judge_dates
from segments.cleaning.notes import Judged
from segments.cleaning.sums import clean_sum, judge_sums
from segments.cleaning.vehicles import check_digit_holds, clean_plate, clean_vin, clean_year, judge_plates, judge_vins
from segments.cleaning.words import NO, YES, by_distinct, clean_condition, clean_consent, clean_sex, judge_consents


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


def codes(judged: Judged) -> list[tuple[int, str]]:
    return sorted(judged.notes.with_columns(pl.col("code").cast(pl.String)).iter_rows())


class JudgedDatesTest(SimpleTestCase):
    def test_other_ways_to_write_a_day(self) -> None:
        day = date(1996, 7, 5)
        for cell in (
            "5.7.1996",
            "05/07/1996",
            "05-07-1996",
            "1996.07.05",
            "1996-07-05T00:00:00",
            "5.07.96",
            " 05.07.1996 ",
            "35251",
            "35251.5",
            "05.07.1996 г.",
        ):
            with self.subTest(cell):
                self.assertEqual(each(clean_date(CELL), cell), [day])

    def test_reasons(self) -> None:
        cells = [
            "27.07.1996",
            "",
            "01.01.1900",
            "01.01.0001 0:00:00",
            "  .  .    ",
            "31.02.2020",
            "скоро",
            "35251",
            "5.07.96",
            "05.07.1890",
            "05.07.2150",
            "19999",
            "60001",
        ]
        self.assertEqual(
            codes(judge_dates(pl.Series(cells))),
            [(2, "empty_of_1c"), (3, "empty_of_1c"), (4, "empty_of_1c"), (5, "not_a_date"), (6, "empty_of_1c"),
             (7, "excel_serial"), (8, "two_digit_year"), (9, "too_old"), (10, "future"), (11, "not_a_date"),
             (12, "not_a_date")],
        )  # fmt: skip

    def test_birthdays_of_the_unborn_and_the_dead(self) -> None:
        judged = judge_dates(pl.Series(["01.02.2095", "01.02.1895", "01.02.1980", "01.01.1900"]), BIRTH_YEARS)
        self.assertEqual(judged.clean["day"].to_list(), [None, None, date(1980, 2, 1), None])
        self.assertEqual(codes(judged), [(0, "future"), (1, "too_old"), (3, "empty_of_1c")])

    def test_excel_s_limits(self) -> None:
        self.assertEqual(each(clean_date(CELL), "20000", "60000"), [date(1954, 10, 3), date(2064, 4, 8)])

    def test_a_column_of_nothing_and_a_column_of_usual_days(self) -> None:
        self.assertEqual(judge_dates(pl.Series([], dtype=pl.String)).clean["day"].to_list(), [])
        self.assertEqual(each(clean_date(CELL), "", ""), [None, None])
        self.assertEqual(each(clean_date(CELL), "05.07.1996"), [date(1996, 7, 5)])


class MomentsTest(SimpleTestCase):
    def test_times(self) -> None:
        for cell, moment in {
            "08.03.2020 9:05:07": datetime(2020, 3, 8, 6, 5, 7, tzinfo=UTC),
            "08.03.2020 09:05": datetime(2020, 3, 8, 6, 5, tzinfo=UTC),
            "08.03.2020": datetime(2020, 3, 7, 21, tzinfo=UTC),
            "43898.5": datetime(2020, 3, 8, 9, tzinfo=UTC),
            "43898,25": datetime(2020, 3, 8, 3, tzinfo=UTC),
            "01.01.0001 0:00:00": None,
            "01.01.1900 0:00:00": None,
            "": None,
            "вчера": None,
        }.items():
            with self.subTest(cell):
                self.assertEqual(each(clean_moment(CELL, "Europe/Moscow"), cell), [moment])

    def test_an_hour_that_comes_twice_is_the_earlier_one_and_one_that_never_came_is_none(self) -> None:
        self.assertEqual(
            each(clean_moment(CELL, "Europe/Berlin"), "25.10.2026 2:30:00", "28.03.2027 2:30:00"),
            [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None],
        )


class JudgedSumsTest(SimpleTestCase):
    def test_reasons(self) -> None:
        cells = [
            "1155000",
            "1\u00a0032\u00a0000,00",
            "36 500,50 руб.",
            "1,032,000.00",
            "-500",
            "нет",
            "",
            "1e5",
            "12 ₽",
        ]
        judged = judge_sums(pl.Series(cells))
        self.assertEqual(
            judged.clean["sum"].to_list(),
            [Decimal(1155000), Decimal(1032000), Decimal("36500.50"), Decimal(1032000), Decimal(-500), None, None, None, Decimal(12)],
        )  # fmt: skip
        self.assertEqual(
            codes(judged),
            [(1, "comma"), (1, "spaces"), (2, "comma"), (2, "currency"), (2, "spaces"), (3, "comma"), (3, "currency"),
             (5, "not_a_sum"), (7, "not_a_sum"), (8, "currency"), (8, "spaces")],
        )  # fmt: skip


class JudgedVinsTest(SimpleTestCase):
    def test_check_digits_of_the_standard(self) -> None:
        vins = pl.Series(["1M8GDM9AXKP042788", "1HGCM82633A004352", "11111111111111111", "1HGCM82643A004352"])
        self.assertEqual(check_digit_holds(vins).to_list(), [True, True, True, False])
        self.assertEqual(check_digit_holds(pl.Series([], dtype=pl.String)).to_list(), [])

    def test_the_check_digit_only_warns_and_only_where_makers_keep_to_it(self) -> None:
        judged = judge_vins(pl.Series(["1HGCM82643A004352", "WVWZZZ1KZAW000001", "1M8GDM9AXKP042788", ""]))
        self.assertEqual(
            judged.clean["vin"].to_list(), ["1HGCM82643A004352", "WVWZZZ1KZAW000001", "1M8GDM9AXKP042788", ""]
        )
        self.assertEqual(codes(judged), [(0, "check_digit")])

    def test_what_is_mended_suggested_and_refused(self) -> None:
        cells = [
            "ХWEFА3DBК1Р772902",
            "XWEFA3DBK1P7729O2",
            "7,99956E+10",
            "GX100-1234567",
            "123",
            "нет",
            "xwe-FA3DBK 1P772902",
        ]
        judged = judge_vins(pl.Series(cells))
        self.assertEqual(judged.clean["vin"].to_list(), ["XWEFA3DBK1P772902", "", "", "", "", "", "XWEFA3DBK1P772902"])
        self.assertEqual(judged.clean["suggestion"].to_list(), ["", "XWEFA3DBK1P772902", "", "", "", "", ""])
        self.assertEqual(judged.clean["body_number"].to_list(), ["", "", "", "GX100-1234567", "", "", ""])
        self.assertEqual(
            codes(judged),
            [(0, "look_alikes"), (1, "suspect_letters"), (2, "scientific"), (3, "body_number"), (4, "not_a_vin"), (5, "not_a_vin")],
        )  # fmt: skip

    def test_plates(self) -> None:
        judged = judge_plates(pl.Series(["Е383ММ147", "е383мм 147", "E383MM147", "без номера", ""]))
        self.assertEqual(judged.clean["plate"].to_list(), ["E383MM147"] * 3 + ["", ""])
        self.assertEqual(codes(judged), [(1, "formatted"), (2, "formatted"), (3, "not_a_plate")])


class CitiesTest(SimpleTestCase):
    def test_the_city_without_the_word_city(self) -> None:
        for city, cells in {
            "москва": ("Москва", "г. Москва", "г.Москва", "г Москва", "гор. Москва", "город Москва", "Москва г", "Москва г.", "Москва, г.", "РФ, г Москва", "190000, г. Москва", " МОСКВА "),
            "спб": ("СПб", "г. СПб"),
            "орел": ("Орёл", "г. Орёл"),
            "великий новгород": ("Великий  Новгород", "г.Великий Новгород"),
            "мурино": ("пос. Мурино", "п.Мурино", "Мурино п"),
            "гатчина": ("Гатчина",), "грозный": ("Грозный",), "подольск": ("Подольск",), "глазов": ("Глазов",),
            "": ("", " "),
        }.items():  # fmt: skip
            for cell in cells:
                with self.subTest(cell):
                    self.assertEqual(each(plain_city(CELL), cell), [city])

    def test_every_name_of_the_dictionary_stays_what_it_is(self) -> None:
        words = [word for _, _, spellings in cities() for word in spellings]
        changed = {
            word: clean for word, clean in zip(words, each(plain_city(CELL), *words), strict=True) if word != clean
        }
        self.assertEqual(changed, {"г москва": "москва"})


class ConsentTest(SimpleTestCase):
    def test_an_unknown_word_is_told_and_is_no_consent(self) -> None:
        judged = judge_consents(pl.Series(["Да", "", "нет", "Не против", "отозвано", "может быть", "Да."]))
        self.assertEqual(judged.clean["consent"].to_list(), [True, None, False, True, False, None, True])
        self.assertEqual(codes(judged), [(5, "unknown_word")])

    def test_no_word_says_yes_and_no(self) -> None:
        self.assertEqual(set(YES) & set(NO), set())

    def test_by_distinct_asks_each_value_once(self) -> None:
        asked: list[int] = []

        def clean(cell: pl.Expr) -> pl.Expr:
            return cell.map_batches(
                lambda cells: asked.append(len(cells)) or cells.str.to_uppercase(), return_dtype=pl.String
            )

        self.assertEqual(by_distinct(pl.Series(["a", "b", "a", "a"]), clean).to_list(), ["A", "B", "A", "A"])
        self.assertEqual(asked, [2])
