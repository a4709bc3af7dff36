import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from django.test import SimpleTestCase

from segments.identity.linkage import FOUND, score_pairs

FIRST = ("анна", "ольга", "елена", "ирина", "мария", "нина", "вера", "софья", "яна", "алла")
LAST = ("иванова", "петрова", "сидорова", "белова", "орлова", "громова", "котова", "жукова", "лосева", "зимина")


def person(number: int, **fields: Any) -> dict[str, Any]:
    """An invented stranger, unlike the others in address, car and name."""
    return {
        "customer_id": number, "last": LAST[number % 10], "first": FIRST[number // 10 % 10],
        "middle": ("ивановна", "петровна", "олеговна")[number % 3], "birth_date": date(1950 + number % 50, 1 + number % 12, 1 + number % 28),
        "city": number % 5, "phones": [f"+7921{number * 7919 % 10**7:07}"], "emails": [f"mail{number * 31}@mail.ru"],
        "cars": [str(number)], **fields,
    }  # fmt: skip


class LinkageTest(SimpleTestCase):
    def found(self, *people: dict[str, Any]) -> dict[tuple[int, int], tuple[float, dict[str, str | None]]]:
        """What is found among these and three hundred strangers."""
        rows = [*people, *(person(number) for number in range(1000, 1300))]
        schema = {
            "customer_id": pl.Int64, "birth_date": pl.Date, "city": pl.Int64,
            **dict.fromkeys(("phones", "emails", "cars"), pl.List(pl.String)),
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as spill:
            pairs = score_pairs(pl.DataFrame(rows, schema_overrides=schema), spill=Path(spill))
        self.assertEqual(dict(pairs.schema), FOUND)
        return {(a, b): (score, json.loads(evidence)) for a, b, score, evidence in pairs.iter_rows()}

    def test_a_damaged_name_beside_one_phone_one_car_and_one_birthday(self) -> None:
        whole = person(1, last="любимов", first="юрий", middle="кириллович")
        broken = person(1, customer_id=2, last="любимов", first="юри", middle="йкириллович")
        score, evidence = self.found(whole, broken)[1, 2]
        self.assertGreater(score, 0.99)
        self.assertEqual((evidence["phones"], evidence["last"], evidence["birth_date"]), ("same", "same", "same"))

    def test_a_family_on_one_phone_is_no_doubt(self) -> None:
        wife = person(1, last="иванова", first="анна", middle="петровна", emails=[], cars=[])
        husband = person(
            1,
            customer_id=2,
            last="иванов",
            first="пётр",
            middle="ильич",
            birth_date=date(1960, 5, 6),
            emails=[],
            cars=[],
        )
        self.assertNotIn((1, 2), self.found(wife, husband))

    def test_a_mailbox_made_of_the_name_proves_little_and_a_numbered_one_much(self) -> None:
        def two(mailbox: str) -> dict[Any, Any]:
            common = {"last": "попов", "first": "андрей", "birth_date": None, "phones": [], "cars": []}
            return self.found(
                person(1, **common, middle="", emails=[f"{mailbox}@mail.ru"]),
                person(2, **common, middle="ильич", emails=[f"{mailbox}@bk.ru"]),
            )

        self.assertIn((1, 2), two("andrey.popov86421"))
        self.assertNotIn((1, 2), two("andrey.popov"))

    def test_nobody(self) -> None:
        with tempfile.TemporaryDirectory() as spill:
            self.assertEqual(len(score_pairs(pl.DataFrame([person(1)]), spill=Path(spill))), 0)
