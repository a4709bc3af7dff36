import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.names import judge_names
from segments.cleaning.remarks import refuses_contact


def judged(cell: str) -> tuple[dict[str, object], list[str]]:
    found = judge_names(pl.Series([cell]))
    return found.clean.row(0, named=True), found.notes["code"].cast(pl.String).sort().to_list()


class CompaniesTest(SimpleTestCase):
    def test_company_and_its_contact_person(self) -> None:
        for cell, company, last, first in (
            ('ООО "Вектор-12" (Иванов Иван Петрович)', 'ООО "Вектор-12"', "Иванов", "Иван"),
            ("ООО Вектор, Иванов Иван", "ООО Вектор, Иванов Иван", "Иванов", "Иван"),
            ('ЗАО "Север" / Ким Анна', 'ЗАО "Север" / Ким Анна', "Ким", "Анна"),
            ("АО Балтика контактное лицо: Иванов Иван", "АО Балтика контактное лицо: Иванов Иван", "Иванов", "Иван"),
            ("ИП Иванов Иван Иванович", "ИП Иванов Иван Иванович", "Иванов", "Иван"),
            ("Общество с ограниченной ответственностью «Нева» (Ли Олег)", "Общество с ограниченной ответственностью «Нева»", "Ли", "Олег"),
        ):  # fmt: skip
            with self.subTest(cell):
                row, codes = judged(cell)
                self.assertEqual((row["company"], row["last_name"], row["first_name"]), (company, last, first))
                self.assertIn("company_contact", codes)

    def test_a_company_alone_is_nobody_s_name(self) -> None:
        for cell in (
            'ИП "Нева-3"',
            "ООО Ромашка",
            '"Вектор" ООО',
            "ИП Ромашка Плюс",
            "публичное акционерное общество Банк",
        ):
            with self.subTest(cell):
                row, codes = judged(cell)
                self.assertEqual((row["company"], row["last_name"], row["first_name"]), (cell, "", ""))
                self.assertEqual(codes, [])

    def test_a_surname_that_begins_like_a_company(self) -> None:
        for cell, last in (("Оооев Иван", "Оооев"), ("Ипатов Иван", "Ипатов"), ("Паонов Иван", "Паонов")):
            with self.subTest(cell):
                row, _ = judged(cell)
                self.assertEqual((row["company"], row["last_name"]), ("", last))


class RefusesContactTest(SimpleTestCase):
    def test_who_wants_no_calls(self) -> None:
        cells = (
            "не звонить!!!", "НЕ БЕСПОКОИТЬ", "Иванов Иван (не звонить)", "отказ", "(отказ)", "отказ от рассылки",
            "отказался от звонков", "просил больше не звонить? нет: просила не писать", "без рекламы", "стоп-лист",
            "не надо звонить",
        )  # fmt: skip
        self.assertEqual(
            [cell for cell, says in zip(cells, refuses_contact(pl.Series(cells)), strict=True) if not says], []
        )

    def test_who_does_not_say_so(self) -> None:
        cells = (
            "", "VIP\nзвонить после 18", "перезвонить; после обеда", "отказ по цене", "отказ банка в кредите",
            "Отказов Иван", "не писатель", "89216756405", "звонить только утром", "тест-драйв",
        )  # fmt: skip
        self.assertEqual(
            [cell for cell, says in zip(cells, refuses_contact(pl.Series(cells)), strict=True) if says], []
        )

    def test_in_a_name_it_is_told_and_taken_out(self) -> None:
        row, codes = judged("Иванов Иван (не звонить)")
        self.assertEqual((row["last_name"], row["first_name"], row["middle_name"]), ("Иванов", "Иван", ""))
        self.assertTrue(row["refuses"])
        self.assertEqual(codes, ["refuses_contact", "remark"])
