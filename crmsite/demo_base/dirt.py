"""How clean values look after thirteen years of typing. Every function draws from `rng` in a fixed order."""

import random
from datetime import date

from crmsite.demo_base.catalogue import MAIL_TYPOS, NO_MAIL
from crmsite.demo_base.people import Person

NBSP = "\u00a0"
LOOK_ALIKES = {"а": "a", "е": "e", "о": "o", "с": "c"}
REMARKS = [" клиент", " *", " муж", " жена", " (гарантия)"]
NO_DATE = ["", "", "", "01.01.1900", "  .  .    ", "01.01.0001 0:00:00"]
REGIONS = ["78", "98", "178", "198", "47", "147"]


def dirty_phone(rng: random.Random, digits: str) -> str:
    a, b, c, d = digits[:3], digits[3:6], digits[6:8], digits[8:]
    shapes = [
        f"+7{digits}", f"8{digits}", f"8 ({a}) {b}-{c}-{d}", f"+7 {a} {b} {c} {d}", f"8-{a}-{b}-{c}-{d}", digits,
        f"7{digits}", f"({a}){b}-{c}{d}", f"8{a}{NBSP}{b}-{c}-{d}", f"т. 8{digits} (моб)", f"+7({a}){b}{c}{d}",
    ]  # fmt: skip
    text = shapes[rng.randrange(11)]
    if rng.random() < 0.01:
        text = text[:-1]  # a digit lost
    if rng.random() < 0.01:
        text = text.replace("0", "О", 1)  # the letter O for a zero
    return text


def dirty_name(rng: random.Random, person: Person) -> str:
    text = _cased(rng, " ".join(_name_parts(rng, person)))
    if rng.random() < 0.35:
        text = text.replace("ё", "е").replace("Ё", "Е")
    if rng.random() < 0.04:
        text = text.replace(" ", "  ", 1)
    if rng.random() < 0.03:
        text += " (не звонить)" if rng.random() < 0.4 else rng.choice(REMARKS)
    if rng.random() < 0.02:  # Latin look-alikes inside a Russian word
        text = "".join(LOOK_ALIKES.get(letter, letter) if rng.random() < 0.4 else letter for letter in text)
    if rng.random() < 0.04 and len(text) > 8:  # a typist's slip
        i = rng.randrange(1, len(text) - 2)
        text = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return text


def _name_parts(rng: random.Random, person: Person) -> list[str]:
    roll = rng.random()
    if roll < 0.10:
        return [person.surname, person.name]
    if roll < 0.16:
        return [person.name, person.patronymic, person.surname]
    if roll < 0.20:
        return [person.surname, person.name[0] + ".", person.patronymic[0] + "."]
    if roll < 0.23:
        return [person.name]
    return [person.surname, person.name, person.patronymic]


def _cased(rng: random.Random, text: str) -> str:
    roll = rng.random()
    if roll < 0.12:
        return text.upper()
    return text.lower() if roll < 0.18 else text


def dirty_mail(rng: random.Random, email: str) -> str:
    if not email:
        return rng.choice(NO_MAIL) if rng.random() < 0.25 else ""
    local, host = email.split("@")
    if rng.random() < 0.035 and host in MAIL_TYPOS:
        return f"{local}@{rng.choice(MAIL_TYPOS[host])}"
    text = email.upper() if rng.random() < 0.05 else email.capitalize() if rng.random() < 0.08 else email
    return f" {text} " if rng.random() < 0.03 else text


def dirty_date(rng: random.Random, day: date | None) -> str:
    if day is None:
        return rng.choice(NO_DATE)
    return day.strftime("%d.%m.%Y") + (" 0:00:00" if rng.random() < 0.5 else "")


def dirty_plate(rng: random.Random) -> str:
    letters = "".join(rng.choice("АВЕКМНОРСТУХ") for _ in range(3))
    region = rng.choice(REGIONS)
    text = f"{letters[0]}{rng.randrange(1, 1000):03d}{letters[1:]}{region}"
    return text.lower() if rng.random() < 0.1 else text[:6] + " " + text[6:] if rng.random() < 0.15 else text


def money(rng: random.Random, value: int) -> str:
    text = f"{value:,}".replace(",", NBSP if rng.random() < 0.7 else " ") + ",00"
    return text if rng.random() < 0.8 else str(value)
