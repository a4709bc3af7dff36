"""Words of a file → ids of the dictionaries."""

import polars as pl
from django.test import SimpleTestCase

from segments.importing.dictionaries import with_models_apart

BRANDS = pl.Series(["toyota", "тойота", "land rover", "land", "лада"])


def apart(*cells: tuple[str, str]) -> list[tuple[str, str]]:
    frame = pl.DataFrame(list(cells), schema=["brand", "model"], orient="row").with_row_index("line")
    found = with_models_apart(frame, BRANDS)
    assert found.columns == ["line", "brand", "model"]
    assert found["line"].to_list() == list(range(len(cells)))
    return found.select("brand", "model").rows()


class BrandAndModel(SimpleTestCase):
    def test_in_one_cell_they_come_apart(self) -> None:
        assert apart(("Toyota Camry", ""), ("ТОЙОТА  Land  Cruiser 300", ""), ("Лада\u00a0Веста", "")) == [
            ("Toyota", "Camry"),
            ("ТОЙОТА", "Land Cruiser 300"),
            ("Лада", "Веста"),
        ]

    def test_the_longest_brand_wins(self) -> None:
        assert apart(("Land Rover Discovery Sport", ""), ("Land Rover", "")) == [
            ("Land Rover", "Discovery Sport"),
            ("Land Rover", ""),
        ]

    def test_a_model_of_its_own_column_is_left_alone(self) -> None:
        assert apart(("Toyota Camry", "Camry"), ("Toyota", "Corolla")) == [
            ("Toyota Camry", "Camry"),
            ("Toyota", "Corolla"),
        ]

    def test_what_begins_with_no_brand_stays_as_it_is(self) -> None:
        assert apart(("Жигули шестёрка", ""), ("Toyotaс Camry", ""), ("", "")) == [
            ("Жигули шестёрка", ""),
            ("Toyotaс Camry", ""),
            ("", ""),
        ]
