import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.names import clean_names


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
