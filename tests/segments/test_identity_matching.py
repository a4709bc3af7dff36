from datetime import date
from itertools import combinations

import polars as pl
from django.test import SimpleTestCase

from segments.identity.clustering import components
from segments.identity.matching import match
from segments.identity.names import RULES, one_letter_apart

PHONE = "+79216756405"


def linked(
    *people: tuple[str, str, str],
    birthdays: tuple[date | None, ...] = (),
    phones: tuple[str, ...] = (),
    kind: str = "phone",
) -> set:
    """Which of the cards (surname, first name, patronymic), all on one phone, are one person."""
    count = len(people)
    cards = pl.DataFrame(
        {
            "node": range(count),
            "last_name": [p[0] for p in people],
            "first_name": [p[1] for p in people],
            "middle_name": [p[2] for p in people],
            "company": [""] * count,
            "birth_date": list(birthdays or [None] * count),
        },
        schema_overrides={"birth_date": pl.Date},
    )
    keys = pl.DataFrame({"node": range(count), "kind": [kind] * count, "value": list(phones or [PHONE] * count)})
    links = match(cards, keys)
    labels = components(count, links.pairs.select("node_a", "node_b").to_numpy().reshape(-1, 2))
    return {(a, b) for a, b in combinations(range(count), 2) if labels[a] == labels[b]}


IVANOV = ("Иванов", "Пётр", "Ильич")


class MatchTest(SimpleTestCase):
    def test_forms_of_one_name_are_one_person(self) -> None:
        for other in (
            ("Иванов", "Петр", "Ильич"), ("Иванов", "Пётр", ""), ("Иванов", "П.", "И."), ("", "Пётр", ""),
            ("Ивнаов", "Пётр", "Ильич"), ("Иваанов", "Пётр", "Ильич"), ("Пётр", "Ильич", "Иванов"),
        ):  # fmt: skip
            with self.subTest(other):
                self.assertEqual(linked(IVANOV, other), {(0, 1)})

    def test_a_family_with_one_phone_stays_apart(self) -> None:
        wife, son = ("Иванова", "Анна", "Петровна"), ("Иванов", "Илья", "Петрович")
        self.assertEqual(linked(IVANOV, wife, son), set())
        self.assertEqual(linked(("Александров", "Валентин", ""), ("Александрова", "Валентина", "")), set())

    def test_namesakes_on_other_phones_stay_apart(self) -> None:
        self.assertEqual(linked(IVANOV, IVANOV, phones=(PHONE, "+79216756406")), set())

    def test_father_and_son_of_one_name_are_told_by_their_birthdays(self) -> None:
        self.assertEqual(linked(IVANOV, IVANOV, birthdays=(date(1960, 1, 2), date(1990, 7, 8))), set())
        self.assertEqual(linked(IVANOV, IVANOV, birthdays=(date(1960, 1, 2), date(1960, 1, 3))), {(0, 1)})

    def test_a_full_name_and_a_birthday_are_a_key_too(self) -> None:
        born = date(1960, 1, 2)
        self.assertEqual(linked(IVANOV, IVANOV, phones=(PHONE, "+79216756406"), birthdays=(born, born)), {(0, 1)})

    def test_a_birthday_needs_no_patronymic_and_forgives_initials_and_slips(self) -> None:
        born, phones = date(1960, 1, 2), (PHONE, "+79216756406")
        for other in (("Иванов", "Пётр", ""), ("Иванов", "П.", "И."), ("Ивнаов", "Пётр", "Ильич")):
            with self.subTest(other):
                self.assertEqual(linked(IVANOV, other, phones=phones, birthdays=(born, born)), {(0, 1)})
        for other in (
            ("", "Пётр", ""),
            ("Иванов", "", ""),
            ("Иванов", "Павел", "Ильич"),
            ("Иванов", "Пётр", "Олегович"),
        ):
            with self.subTest(other):
                self.assertEqual(linked(IVANOV, other, phones=phones, birthdays=(born, born)), set())

    def test_a_birthday_of_many_people_is_no_hub(self) -> None:
        born = date(1980, 1, 1)
        people = [("Иванов", name, "") for name in ("Пётр", "Павел", "Пахом", "Платон", "Прохор", "Панкрат", "Пётр")]
        phones = tuple(f"+7921675640{i}" for i in range(7))
        self.assertEqual(linked(*people, phones=phones, birthdays=(born,) * 7), {(0, 6)})

    def test_father_and_son_whose_names_have_the_same_letters(self) -> None:
        self.assertEqual(linked(("Ушаков", "Пётр", "Александрович"), ("Ушаков", "Александр", "Петрович")), set())
        self.assertEqual(linked(("Щукин", "Николай", "Никитич"), ("Щуки", "Нниколай", "")), {(0, 1)})

    def test_an_initial_without_a_surname_needs_a_birthday_too(self) -> None:
        initials, first = ("Золотарёв", "С.", "А."), ("", "Сергей", "")
        born = date(1954, 2, 21)
        self.assertEqual(linked(initials, first), set())
        self.assertEqual(linked(initials, first, birthdays=(born, born)), {(0, 1)})

    def test_a_mailbox_that_spells_the_name_adds_nothing_to_half_a_name(self) -> None:
        half = ("Иванов", "Пётр", "")
        for mailbox, found in (("petr.ivanov@mail.ru", set()), ("petr.ivanov7421@mail.ru", {(0, 1)})):
            with self.subTest(mailbox):
                self.assertEqual(linked(IVANOV, half, phones=(mailbox,) * 2, kind="email"), found)
                self.assertEqual(linked(IVANOV, IVANOV, phones=(mailbox,) * 2, kind="email"), {(0, 1)})

    def test_who_fits_two_people_joins_nobody(self) -> None:
        people = (("Иванова", "Елена", "Ильинична"), ("Петрова", "Елена", "Павловна"), ("", "Елена", ""))
        self.assertEqual(linked(*people), set())

    def test_a_hub_joins_nobody(self) -> None:
        letters = "АБВГДЕ"
        people = [(f"{letter}лин", f"{letter}нна", "") for letter in letters]
        self.assertEqual(linked(*people, people[0]), set())
        self.assertEqual(linked(*people[:3], people[0]), {(0, 3)})

    def test_a_card_without_a_name_joins_nobody(self) -> None:
        self.assertEqual(linked(IVANOV, ("", "", "")), set())

    def test_rules_are_ordered_by_strength(self) -> None:
        self.assertEqual(RULES, ("same", "letters", "slip", "initials", "short"))

    def test_one_letter_apart(self) -> None:
        self.assertTrue(one_letter_apart("кузнецов", "кузнецев"))
        self.assertTrue(one_letter_apart("кузнецов", "кузнцов"))
        self.assertTrue(one_letter_apart("кузнецов", "куузнецов"))
        self.assertFalse(one_letter_apart("кузнецов", "кузнецова"))
        self.assertFalse(one_letter_apart("ким", "лим"))
        self.assertFalse(one_letter_apart("кузнецов", "кузьмичев"))
