"""Invented people: names, phones, addresses, families."""

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta

from crmsite.demo_base.catalogue import CITIES, MAIL_HOSTS
from crmsite.demo_base.names import FATHERS, FEMALE, MALE, SURNAMES

OPERATORS = ["11", "21", "31", "52", "60", "81", "05", "62", "65", "16", "99"]
COMPANIES = ["Вектор", "Ромашка", "Север", "Балтика", "Техно", "Строй", "Логистик", "Нева"]
LATIN = {
    **dict(zip("абвгдезийклмнопрстуфцы", "abvgdeziyklmnoprstufcy", strict=True)),
    **{"ё": "e", "ж": "zh", "х": "h", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "э": "e", "ю": "yu"},
    "я": "ya",
}
IRREGULAR = {
    "Михаил": ("Михайлович", "Михайловна"),
    "Илья": ("Ильич", "Ильинична"),
    "Никита": ("Никитич", "Никитична"),
    "Павел": ("Павлович", "Павловна"),
    "Пётр": ("Петрович", "Петровна"),
}
STEMS = {"Дмитрий": "Дмитрие", "Игорь": "Игоре"}
SOFT_ENDING = re.compile("(ий|й)$")


@dataclass
class Person:
    number: int
    surname: str
    name: str
    patronymic: str
    female: bool
    born: date | None
    phones: list[str]
    email: str
    city: str
    company: str = ""


def make_person(rng: random.Random, number: int, household: Person | None) -> Person:
    """`household`: somebody this person may share a surname and a phone with."""
    female = rng.random() < 0.38
    surname = _surname(rng, female, household)
    name = rng.choice(FEMALE if female else MALE)
    born = date(1948, 1, 1) + timedelta(days=rng.randrange(365 * 55)) if rng.random() < 0.72 else None
    phones = [mobile(rng)] + ([mobile(rng)] if rng.random() < 0.18 else [])
    if household and rng.random() < 0.45:
        phones[0] = household.phones[0]  # the family shares one number
    email = _email(rng, name, surname) if rng.random() < 0.58 else ""
    father = _patronymic(rng.choice(FATHERS), female)
    person = Person(number, surname, name, father, female, born, phones, email, weighted(rng, CITIES))
    if rng.random() < 0.05:
        form = rng.choice(["ООО", "ИП", "АО", "ЗАО"])
        person.company = f'{form} "{rng.choice(COMPANIES)}-{rng.randrange(1, 999)}"'
    return person


def mobile(rng: random.Random) -> str:
    """Ten digits."""
    return f"9{rng.choice(OPERATORS)}{rng.randrange(10**7):07d}"


def weighted(rng: random.Random, pairs: list[tuple[str, int]]) -> str:
    return rng.choices([pair[0] for pair in pairs], [pair[1] for pair in pairs])[0]


def _surname(rng: random.Random, female: bool, household: Person | None) -> str:
    base = rng.choice(SURNAMES)
    if household and rng.random() < 0.8:  # a spouse or a grown child
        base = household.surname
        base = base[:-1] if household.female and base.endswith("а") else base
        base = base[:-2] + "ий" if base.endswith("ая") else base
    if not female:
        return base
    return base[:-2] + "ая" if base.endswith("ий") else base + "а"


def _patronymic(father: str, female: bool) -> str:
    if father in IRREGULAR:
        return IRREGULAR[father][female]
    stem = STEMS.get(father) or SOFT_ENDING.sub(lambda end: "ье" if end[0] == "ий" else "е", father)
    if stem[-1] == "е":
        return stem + ("вна" if female else "вич")
    return stem + ("овна" if female else "ович")


def _email(rng: random.Random, name: str, surname: str) -> str:
    first, last = _latin(name), _latin(surname)
    shapes = [
        f"{first}.{last}",
        f"{last}{rng.randrange(60, 100)}",
        f"{first[0]}{last}",
        f"{first}{rng.randrange(1000)}",
    ]
    local = rng.choice(shapes)
    return f"{local}{rng.randrange(10**4) if rng.random() < 0.8 else ''}@{weighted(rng, MAIL_HOSTS)}"


def _latin(text: str) -> str:
    return "".join(LATIN.get(letter, letter) for letter in text.lower())
