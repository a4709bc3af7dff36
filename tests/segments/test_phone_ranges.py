"""The register of numbering: regions to zones, files in and refused, town codes of the library."""

import io
import tempfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase

from segments.facts import refresh_facts
from segments.models import CustomerZone, PhoneRange
from segments.phone_ranges import BadRegister, load, merged, of_towns, zone_of_region
from tests.segments.builders import make_contact, make_customer

HEADER = "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
ROWS = (
    "913;9800000;9879999;80000;МТС;Новосибирская область;;7740000076\n"
    "913;9880000;9899999;20000;МТС;Новосибирская область;;7740000076\n"
    "924;0000000;0009999;10000;МегаФон;Республика Саха /Якутия/;;7812014560\n"
    "999;0000000;0009999;10000;Йота;Российская Федерация;;7701725181\n"
)


class Regions(SimpleTestCase):
    def test_names_as_the_register_writes_them(self) -> None:
        for region, zone in {
            "г. Москва и Московская область": "Europe/Moscow",
            "г. Санкт-Петербург и Ленинградская область": "Europe/Moscow",
            "Омская обл.": "Asia/Omsk",
            "Томская область": "Asia/Tomsk",
            "Костромская область": "Europe/Moscow",
            "г. Норильск|Красноярский край": "Asia/Krasnoyarsk",
            "Ханты-Мансийский автономный округ - Югра": "Asia/Yekaterinburg",
            "Ямало-Ненецкий автономный округ": "Asia/Yekaterinburg",
            "Ненецкий автономный округ": "Europe/Moscow",
            "Республика Алтай": "Asia/Barnaul",
            "Республика Саха /Якутия/": "Asia/Yakutsk",
            "Орловская область": "Europe/Moscow",
        }.items():
            self.assertEqual(zone_of_region(region), zone, region)

    def test_an_unknown_region_and_two_zones_at_once_are_not_guessed(self) -> None:
        self.assertIsNone(zone_of_region("Российская Федерация"))
        self.assertIsNone(zone_of_region("Омская область, Томская область"))

    def test_town_codes_of_the_library(self) -> None:
        zones = {first // 10**7: zone for first, _last, zone in of_towns()}
        self.assertEqual(zones[383], "Asia/Novosibirsk")
        self.assertEqual(zones[495], "Europe/Moscow")
        self.assertEqual(zones[423], "Asia/Vladivostok")
        for code in (727, 800, 840, 913):
            self.assertNotIn(code, zones)

    def test_ranges_do_not_overlap(self) -> None:
        ranges = of_towns()
        self.assertTrue(all(one[1] < other[0] for one, other in zip(ranges, ranges[1:], strict=False)))

    def test_neighbours_are_joined_inside_a_code_only(self) -> None:
        zone = "Europe/Moscow"
        ends = [(9139999000, 9139999999, zone), (9140000000, 9140000999, zone), (9140001000, 9140001999, zone)]
        self.assertEqual(merged(ends), [(9139999000, 9139999999, zone), (9140000000, 9140001999, zone)])


class Register(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "DEF-9xx.csv"

    def test_a_file_replaces_the_ranges_of_its_codes(self) -> None:
        towns = PhoneRange.objects.count()
        self.assertGreater(towns, 100)
        PhoneRange.objects.create(first=9130000000, last=9139999999, time_zone="Asia/Tomsk")
        PhoneRange.objects.create(first=9250000000, last=9259999999, time_zone="Europe/Moscow")
        self.path.write_text("\ufeff" + HEADER + ROWS, encoding="utf-8")
        loaded = load(self.path)
        self.assertEqual((loaded.ranges, loaded.unknown), (2, {"Российская Федерация": 1}))
        mobile = PhoneRange.objects.filter(first__gte=9 * 10**9).order_by("first")
        self.assertEqual(
            list(mobile.values_list("first", "last", "time_zone")),
            [
                (9139800000, 9139899999, "Asia/Novosibirsk"),
                (9240000000, 9240009999, "Asia/Yakutsk"),
                (9250000000, 9259999999, "Europe/Moscow"),
            ],
        )
        self.assertEqual(PhoneRange.objects.count(), towns + 3)

    def test_another_file_changes_nothing(self) -> None:
        before = PhoneRange.objects.count()
        for text in ("", "a;b;c\n1;2;3\n", HEADER + "913;9000000\n", HEADER + "913;9;8;1;МТС;Омская область\n"):
            self.path.write_text(text, encoding="utf-8")
            with pytest.raises(BadRegister):
                load(self.path)
        self.assertEqual(PhoneRange.objects.count(), before)

    def test_the_command_tells_what_it_left_out_and_moves_people(self) -> None:
        anna = make_customer()
        make_contact(anna, "+79139876543")
        refresh_facts()
        self.path.write_text(HEADER + ROWS, encoding="utf-8")
        out = io.StringIO()
        call_command("load_phone_ranges", str(self.path), stdout=out)
        self.assertIn("DEF-9xx.csv: 2 ranges", out.getvalue())
        self.assertIn("«Российская Федерация»: 1", out.getvalue())
        self.assertIn("1 changed", out.getvalue())
        self.assertEqual(CustomerZone.objects.get(pk=anna.pk).time_zone, "Asia/Novosibirsk")

    def test_the_command_refuses_what_it_cannot_read(self) -> None:
        with self.assertRaises(CommandError):
            call_command("load_phone_ranges", str(self.path))
