import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.first_names import FEMALE, FIRST_NAMES, MALE, TITLED, YO
from segments.cleaning.names import clean_names, judge_names


def name(cell: str) -> tuple[str, str, str]:
    return clean_names(pl.Series([cell])).select("last_name", "first_name", "middle_name").row(0)


def whole(cell: str) -> dict[str, object]:
    return clean_names(pl.Series([cell])).row(0, named=True)


class NamesTest(SimpleTestCase):
    def test_order_and_case(self) -> None:
        for cell in ("Иванов Пётр Ильич", "ИВАНОВ ПЁТР ИЛЬИЧ", "иванов  пётр ильич", "Пётр Ильич Иванов"):
            with self.subTest(cell):
                self.assertEqual(name(cell), ("Иванов", "Пётр", "Ильич"))

    def test_two_words_are_told_by_the_first_name(self) -> None:
        self.assertEqual(name("Петров Иван"), ("Петров", "Иван", ""))
        self.assertEqual(name("Иван Петров"), ("Петров", "Иван", ""))
        self.assertEqual(name("Иван Петрович"), ("", "Иван", "Петрович"))
        self.assertEqual(name("Иван"), ("", "Иван", ""))
        self.assertEqual(name("Кузьмин"), ("Кузьмин", "", ""))

    def test_initials(self) -> None:
        self.assertEqual(name("Маслова Т.И."), ("Маслова", "Т.", "И."))
        self.assertEqual(name("Маслова Т. И."), ("Маслова", "Т.", "И."))
        self.assertEqual(name("Т. И. Маслова"), ("Маслова", "Т.", "И."))

    def test_remarks_go(self) -> None:
        for cell in (
            "Иванов Иван (не звонить)",
            "Иванов Иван муж",
            "Иванов Иван *",
            "Иванов Иван клиент",
            "Иванов Иван (гарантия)",
        ):
            with self.subTest(cell):
                self.assertEqual(name(cell), ("Иванов", "Иван", ""))

    def test_latin_look_alikes_in_a_russian_name(self) -> None:
        self.assertEqual(name("Coкoлoва Aнна"), ("Соколова", "Анна", ""))

    def test_latin_names_stay_latin(self) -> None:
        self.assertEqual(name("Smith John"), ("Smith", "John", ""))

    def test_company_with_a_contact_person(self) -> None:
        row = whole('ООО "Вектор-12" (Иванов Иван Петрович)')
        self.assertEqual((row["company"], row["last_name"], row["sex"]), ('ООО "Вектор-12"', "Иванов", "m"))
        self.assertEqual(whole('ИП "Нева-3"')["last_name"], "")

    def test_sex_by_patronymic_then_by_name(self) -> None:
        self.assertEqual(
            [whole(cell)["sex"] for cell in ("Шевченко Саша Ивановна", "Ким Анна", "Ли Ф.")], ["f", "f", ""]
        )

    def test_test_and_till_cards(self) -> None:
        for cell in ("ТЕСТ ТЕСТОВ", "Розничный покупатель", "яяя не использовать", "Физ. лицо"):
            with self.subTest(cell):
                self.assertTrue(whole(cell)["nobody"])
        for cell in ("Тестова Анна", "Иванов Иван", "???", ""):
            with self.subTest(cell):
                self.assertFalse(whole(cell)["nobody"])

    def test_a_double_surname(self) -> None:
        self.assertEqual(name("салтыков-щедрин михаил"), ("Салтыков-Щедрин", "Михаил", ""))


def reasons(cell: str) -> list[str]:
    return judge_names(pl.Series([cell])).notes["code"].cast(pl.String).sort().to_list()


class ReasonsTest(SimpleTestCase):
    def test_each(self) -> None:
        for cell, expected in {
            "Иванов Иван Ильич": [],
            "ИВАНОВ ИВАН ИЛЬИЧ": ["case"],
            "иванов  иван": ["case"],
            "Иван Ильич Иванов": ["order"],
            "Иван Иванов": ["order"],
            "Иванов Петр": ["yo"],
            "Маслова Т.И.": ["initials"],
            "Coкoлoва Aнна": ["look_alikes"],
            "Иванов Иван муж": ["remark"],
            "Иванов Иван (гарантия)": ["remark"],
            "Иванов Иван *": [],
            "Иванов Ивн": ["not_in_dictionary"],
            "Smith John": ["not_in_dictionary"],
            "ТЕСТ ТЕСТОВ": ["junk"],
            "???": ["not_a_name"],
            "": [],
        }.items():
            with self.subTest(cell):
                self.assertEqual(reasons(cell), expected)

    def test_reasons_stand_with_their_rows(self) -> None:
        notes = judge_names(pl.Series(["Ким Анна", "Иван Петров", "Ким Анна (жена)", "", "Ли А."])).notes
        self.assertEqual(
            sorted(notes.with_columns(pl.col("code").cast(pl.String)).iter_rows()),
            [(1, "order"), (2, "remark"), (4, "initials")],
        )

    def test_a_column_that_holds_nothing(self) -> None:
        for cells in ([], ["", ""]):
            judged = judge_names(pl.Series(cells, dtype=pl.String))
            self.assertEqual((len(judged.clean), len(judged.notes)), (len(cells), 0))

    def test_cells_are_not_changed_in_place(self) -> None:
        cells = pl.Series(["иванов  ИВАН (муж)", "ООО Вектор (Ким Анна)"])
        before = cells.to_list()
        judge_names(cells)
        self.assertEqual(cells.to_list(), before)


class GreetingTest(SimpleTestCase):
    def test_only_a_name_of_the_dictionary_greets(self) -> None:
        for cell, greets in {
            "Иванов Иван": True, "Иван": True, "Петров Пётр Ильич": True, "Петров Петр": True, "Мамедов Эльчин": True,
            "Иванов И. И.": False, "Иванов Ивн": False, "Иванов": False, "Smith John": False, "": False, "???": False,
            'ООО "Вектор" (Ким Анна)': True, 'ООО "Вектор"': False,
        }.items():  # fmt: skip
            with self.subTest(cell):
                self.assertEqual(whole(cell)["greetable"], greets)

    def test_yo_is_restored_in_first_names(self) -> None:
        self.assertEqual(name("Федоров Артем Петрович"), ("Федоров", "Артём", "Петрович"))
        self.assertEqual(name("СЕМЕНОВ СЕМЕН"), ("Семенов", "Семён", ""))

    def test_the_dictionary(self) -> None:
        self.assertEqual(MALE & FEMALE, set())
        self.assertGreater(len(FIRST_NAMES), 1000)
        self.assertEqual([word for word in FIRST_NAMES if "ё" in word or word != word.lower() or len(word) < 2], [])
        self.assertLessEqual(set(YO.values()), set(TITLED))
        for slip in ("алексанр", "генадий", "владимр", "иванов", "петрович", "тест"):
            self.assertNotIn(slip, FIRST_NAMES)


class PatronymicsTest(SimpleTestCase):
    def test_sex_by_every_ending(self) -> None:
        for cell, sex in {
            "Ким Саша Ильич": "m", "Ким Саша Ильинична": "f", "Ким Саша Ивановна": "f", "Алиев Х Гусейн оглы": "m",
            "Алиева Х Гусейн кызы": "f", "Асанов Х Марат уулу": "m", "Х Х Х улы": "m", "Х Х Х углы": "m",
            "Х Х Х угли": "m", "Х Х Х кизи": "f", "Х Х Х гызы": "f", "Х Х Х кзы": "f", "Шевченко Саша": "",
            "Шевченко": "", "Ким Анна": "f", "Ким Иван": "m",
        }.items():  # fmt: skip
            with self.subTest(cell):
                self.assertEqual(whole(cell)["sex"], sex)

    def test_a_particle_belongs_to_the_patronymic(self) -> None:
        self.assertEqual(name("Мамедов Али Гусейн оглы"), ("Мамедов", "Али", "Гусейн оглы"))
        self.assertEqual(name("АЛИ ГУСЕЙН ОГЛЫ МАМЕДОВ"), ("Мамедов", "Али", "Гусейн оглы"))
        self.assertEqual(name("Али Гусейн оглы"), ("", "Али", "Гусейн оглы"))

    def test_long_and_strange_names(self) -> None:
        self.assertEqual(name("Д'Артаньян Шарль"), ("Д'Артаньян", "Шарль", ""))
        self.assertEqual(name("- Иванов- Иван"), ("Иванов", "Иван", ""))
        self.assertEqual(len(name("Я" + "й" * 500 + " Иван")[0]), 120)
        self.assertEqual(name("Фон Штирлиц Макс Отто Карл"), ("Фон", "Штирлиц", "Макс Отто Карл"))
