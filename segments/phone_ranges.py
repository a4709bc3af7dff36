"""Which region a Russian number was issued in: town codes of `phonenumbers`, and the state's register of numbering.

The register is published by the Ministry of Digital Development as files «ABC-3xx.csv», «ABC-4xx.csv», «ABC-8xx.csv»
and «DEF-9xx.csv», UTF-8, with semicolons: «АВС/ DEF», «От», «До», «Емкость», «Оператор», «Регион» and others.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from django.db import transaction
from django.db.models import F
from phonenumbers.tzdata import TIMEZONE_DATA

from segments.models import PhoneRange

Range = tuple[int, int, str]  # first and last number, ten digits each, and the zone

# Words of the names of regions, as the register writes them, by time zone; of Yakutia's three zones the capital's.
REGIONS = {
    "Europe/Kaliningrad": "калининградская",
    "Europe/Moscow": (
        "москва московская санкт-петербург ленинградская адыгея архангельская белгородская брянская владимирская "
        "вологодская воронежская дагестан ивановская ингушетия кабардино-балкарская калмыкия калужская "
        "карачаево-черкесская карелия кировская коми костромская краснодарский крым курская липецкая марий мордовия "
        "мурманская ненецкий нижегородская новгородская орловская пензенская псковская ростовская рязанская осетия "
        "севастополь смоленская ставропольский тамбовская татарстан тверская тульская чеченская чувашская чувашия "
        "ярославская"
    ),
    "Europe/Volgograd": "волгоградская",
    "Europe/Samara": "самарская удмуртская",
    "Europe/Saratov": "саратовская",
    "Europe/Astrakhan": "астраханская",
    "Europe/Ulyanovsk": "ульяновская",
    "Asia/Yekaterinburg": (
        "башкортостан курганская оренбургская пермский свердловская тюменская челябинская ханты-мансийский "
        "ямало-ненецкий"
    ),
    "Asia/Omsk": "омская",
    "Asia/Novosibirsk": "новосибирская",
    "Asia/Barnaul": "алтайский алтай",
    "Asia/Tomsk": "томская",
    "Asia/Novokuznetsk": "кемеровская кузбасс",
    "Asia/Krasnoyarsk": "красноярский тыва хакасия",
    "Asia/Irkutsk": "иркутская бурятия",
    "Asia/Chita": "забайкальский",
    "Asia/Yakutsk": "саха якутия амурская",
    "Asia/Vladivostok": "приморский хабаровский еврейская",
    "Asia/Sakhalin": "сахалинская",
    "Asia/Magadan": "магаданская",
    "Asia/Kamchatka": "камчатский",
    "Asia/Anadyr": "чукотский",
}
ZONE_OF = {word: zone for zone, words in REGIONS.items() for word in words.split()}
CODE = 10**7  # numbers of one code of three digits; no range goes over its end
ABKHAZIA = "840"


class BadRegister(ValueError):
    """The file is not the register. `str()` says what is missing."""


@dataclass
class Loaded:
    """What was loaded, and the regions (with their numbers of ranges) that no time zone is known for."""

    ranges: int = 0
    unknown: dict[str, int] = field(default_factory=dict)


def zone_of_region(region: str) -> str | None:
    """The zone of a region's name; None when it is unknown, or names regions of different zones."""
    words = region.lower().replace("|", " ").replace("/", " ").replace(",", " ").replace("ё", "е").split()
    zones = {ZONE_OF[word] for word in words if word in ZONE_OF}
    return zones.pop() if len(zones) == 1 else None


def of_towns() -> list[Range]:
    """A range for each town code of Russia (three digits) that the library knows one zone of."""
    found = []
    for code in range(300, 900):
        digits = str(code)
        zones = next((TIMEZONE_DATA[f"7{digits[:n]}"] for n in (3, 2) if f"7{digits[:n]}" in TIMEZONE_DATA), ())
        if len(zones) == 1 and digits[0] not in "67" and digits != ABKHAZIA:
            found.append((code * CODE, (code + 1) * CODE - 1, zones[0]))
    return found


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same ranges in order; neighbours of one zone and one code are joined."""
    found: list[Range] = []
    for first, last, zone in sorted(ranges):
        before = found[-1] if found else (0, 0, "")
        if before[1] == first - 1 and before[2] == zone and before[0] // CODE == first // CODE:
            found[-1] = (before[0], last, zone)
        else:
            found.append((first, last, zone))
    return found


def load(path: Path) -> Loaded:
    """Replace the ranges of every code (its three digits) that a file of the register names.

    Raises `BadRegister` for another file; nothing is changed then.
    """
    loaded, ranges = Loaded(), list[Range]()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for first, last, region in _rows(file):
            zone = zone_of_region(region)
            if zone is None:
                loaded.unknown[region] = loaded.unknown.get(region, 0) + 1
            else:
                ranges.append((first, last, zone))
    found = merged(ranges)
    _store(found)
    loaded.ranges = len(found)
    return loaded


def _rows(file: TextIO) -> Iterator[tuple[int, int, str]]:
    rows = csv.reader(file, delimiter=";")
    header = [cell.strip().lower().replace(" ", "") for cell in next(rows, [])]
    code = next((each for each in header if each.endswith("/def")), "")
    if missing := [each for each in ("от", "до", "регион") if each not in header] + ([] if code else ["abc/def"]):
        raise BadRegister(f"not a file of the register of numbering, columns are missing: {', '.join(missing)}")
    at = [header.index(each) for each in (code, "от", "до", "регион")]
    for number, row in enumerate(rows, start=2):
        try:
            prefix, first, last, region = (row[index].strip() for index in at)
            begin, end = int(prefix + first.zfill(7)), int(prefix + last.zfill(7))
        except (IndexError, ValueError):
            raise BadRegister(f"line {number} is not a range of numbers") from None
        if len(prefix) != 3 or not begin <= end < 1000 * CODE:
            raise BadRegister(f"line {number} is not a range of numbers")
        yield begin, end, region


@transaction.atomic
def _store(ranges: list[Range]) -> None:
    codes = sorted({first // CODE for first, _last, _zone in ranges})
    PhoneRange.objects.annotate(code=F("first") / CODE).filter(code__in=codes).delete()
    PhoneRange.objects.bulk_create(PhoneRange(first=first, last=last, time_zone=zone) for first, last, zone in ranges)
