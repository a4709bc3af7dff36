"""Phones of an export, a column at a time, against `phonenumbers` row by row: the time, and the answers."""

import random
import re

import phonenumbers
import polars as pl
import pytest
from django.test import SimpleTestCase

from crmsite.demo_base.catalogue import NO_PHONE
from crmsite.demo_base.dirt import dirty_phone
from segments.cleaning.phones import SEVERAL, clean_phones
from tests.benchmarks.measure import Bench
from tests.segments.dirty_phones import by_library

CELLS = 500_000
REPS = 3


@pytest.mark.bench
class PhonesBench(SimpleTestCase):
    def test_phones(self) -> None:
        cells = export_cells(CELLS)
        column = pl.Series(cells)
        bench = Bench("cleaning: phones by columns against phonenumbers per row", limit=1 / 15, n=CELLS, reps=REPS)
        bench.compare(lambda: clean_phones(column), lambda: [row_by_row(cell) for cell in cells])
        ours = dict(clean_phones(column).group_by("row").agg("phone").iter_rows())
        wrong = [
            cell for row, cell in enumerate(cells[::10]) if ours.get(row * 10, []) != [v[0] for v in by_library(cell)]
        ]
        self.assertEqual(wrong, [])


def row_by_row(cell: str) -> list[str]:
    """The library as it is used without columns, and without any mending."""
    found = []
    for part in re.split(SEVERAL, cell):
        try:
            number = phonenumbers.parse(part, "RU")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def export_cells(count: int) -> list[str]:
    """Cells as a 1C export has them: eleven shapes, lost digits, letters for digits, two numbers in one, «нет»."""
    rng = random.Random(1)

    def mobile() -> str:
        code = rng.choice(["11", "21", "31", "52", "60", "81", "05", "62", "65", "16", "99"])
        return dirty_phone(rng, f"9{code}{rng.randrange(10**7):07d}")

    def cell() -> str:
        roll = rng.random()
        if roll < 0.02:
            return rng.choice(NO_PHONE)
        return mobile() + rng.choice([", ", "; ", " / ", "\n"]) + mobile() if roll < 0.11 else mobile()

    return [cell() for _ in range(count)]
