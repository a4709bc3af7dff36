import polars as pl
from django.test import SimpleTestCase

from segments.cleaning.emails import clean_emails
from segments.cleaning.phones import clean_phones, parse_phone


def phones(cell: str) -> list[str]:
    return clean_phones(pl.Series([cell]))["phone"].to_list()


def emails(cell: str) -> list[str]:
    return clean_emails(pl.Series([cell]))["email"].to_list()


class PhonesTest(SimpleTestCase):
    def test_every_shape_of_one_number(self) -> None:
        for cell in (
            "+79216756405", "89216756405", "8 (921) 675-64-05", "+7 921 675 64 05", "8-921-675-64-05", "9216756405",
            "79216756405", "(921)675-6405", "8921\u00a0675-64-05", "т. 89216756405 (моб)", "+7(921)6756405",
            "+8 921 675 64 05", "79216756405.0", "8 (921) 675-64-О5", "тел: 8 921 675-64-05",
        ):  # fmt: skip
            with self.subTest(cell):
                self.assertEqual(phones(cell), ["+79216756405"])

    def test_several_in_a_cell_keep_their_order(self) -> None:
        for glue in (", ", "; ", " / ", "\n", " и "):
            with self.subTest(glue):
                self.assertEqual(phones(f"8 921 675-64-05{glue}+7 (960) 872-48-87"), ["+79216756405", "+79608724887"])

    def test_a_number_twice_in_a_cell_is_one(self) -> None:
        self.assertEqual(phones("89216756405, +7 921 675 64 05"), ["+79216756405"])

    def test_junk_and_lost_digits_give_nothing(self) -> None:
        for cell in ("", "нет", "-", "9999999999", "0000000", "89111111111", "+7(___)___-__-__", "8921675640", "123"):
            with self.subTest(cell):
                self.assertEqual(phones(cell), [])

    def test_foreign_numbers_are_left_to_the_library(self) -> None:
        self.assertEqual(phones("+375 29 123-45-67"), ["+375291234567"])

    def test_the_fast_way_says_what_the_library_says(self) -> None:
        cells = [
            f"8{code}{number:07d}" for code in (921, 800, 495, 812, 999, 700) for number in range(1000000, 1000040)
        ]
        fast = clean_phones(pl.Series(cells))
        slow = {row: parsed for row, cell in enumerate(cells) if (parsed := parse_phone(cell))}
        self.assertEqual(dict(fast.select("row", "phone").iter_rows()), slow)

    def test_rows_count_cells(self) -> None:
        frame = clean_phones(pl.Series(["", "89216756405", "нет", "89608724887, 89216756405"]))
        self.assertEqual(
            list(frame.select("row", "position", "phone").iter_rows()),
            [(1, 0, "+79216756405"), (3, 0, "+79608724887"), (3, 1, "+79216756405")],
        )


class EmailsTest(SimpleTestCase):
    def test_case_and_spaces(self) -> None:
        self.assertEqual(emails(" Kirill.Demin1881@Yandex.RU "), ["kirill.demin1881@yandex.ru"])

    def test_mistyped_hosts_are_mended(self) -> None:
        for cell, clean in {
            "a.b1@mail,ru": "a.b1@mail.ru", "a.b1@mail.ri": "a.b1@mail.ru", "a.b1@mail.ru.": "a.b1@mail.ru",
            "iv7@yandex": "iv7@yandex.ru", "iv7@yandex.tu": "iv7@yandex.ru", "iv7@gmail.con": "iv7@gmail.com",
            "iv7@gmail.ru": "iv7@gmail.com", "iv7 @ bk.ru": "iv7@bk.ru",
        }.items():  # fmt: skip
            with self.subTest(cell):
                self.assertEqual(emails(cell), [clean])

    def test_nobody_s_addresses_give_nothing(self) -> None:
        for cell in (
            "нет",
            "-",
            "нет@нет.ру",
            "no@mail.ru",
            "отказ",
            "123@mail.ru",
            ".",
            "net",
            "a@b",
            "x" * 300 + "@mail.ru",
        ):
            with self.subTest(cell):
                self.assertEqual(emails(cell), [])

    def test_several_in_a_cell(self) -> None:
        self.assertEqual(emails("ivan7@bk.ru; olga8@list.ru"), ["ivan7@bk.ru", "olga8@list.ru"])
