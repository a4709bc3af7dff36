"""Phones as typists leave them: seeded, so that every run sees the same ones."""

import random
import re

import phonenumbers
from phonenumbers import PhoneNumberType

from segments.cleaning import phones

SHAPES = (
    "+7{d}", "8{d}", "7{d}", "{d}", "8 ({a}) {b}-{c}-{e}", "+7 {a} {b} {c} {e}", "8-{a}-{b}-{c}-{e}", "({a}){b}-{c}{e}",
    "8{a}\u00a0{b}-{c}-{e}", "т. 8{d} (моб)", "тел: +7{d}", "+7({a}){b}{c}{e}", "{d}.0", "7{d}.0", "+8{d}", "раб.{d}",
    "8 {a} {b} {c} {e} доб. 12", "сот 8{d}", "8{d} Анна", "+7 ({a}) {b}-{c}-{e} WhatsApp", "007{d}", "810{d}", "+{d}", "00{d}",
)  # fmt: skip
GLUE = (", ", "; ", " / ", "\n", " и ", ",")
LETTERS = {"0": "ОоOo", "3": "Зз", "1": "lIi", "6": "б", "8": "ВB"}
WORDS = (
    "",
    "нет",
    "-",
    "+7(___)___-__-__",
    "отказ",
    "9999999999",
    "0000000",
    "89111111111",
    "7,92168E+10",
    "7,9216756405E+10",
)
FIRST = (
    *["9"] * 12,
    "93",
    "930",
    "495",
    "812",
    "7",
    "70",
    "77",
    "79",
    "3",
    "33",
    "4",
    "8",
    "80",
    "81",
    "89",
    "81012",
    "0",
    "1",
    "375",
    "380",
    "49",
    "1202",
)


def dirty_phones(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [_cell(rng) for _ in range(count)]


def _cell(rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.02:
        return rng.choice(WORDS)
    cell = _number(rng)
    return cell + rng.choice(GLUE) + _number(rng) if roll < 0.08 else cell


def _number(rng: random.Random) -> str:
    first = rng.choice(FIRST)
    digits = first + "".join(rng.choices("0123456789", k=10 - len(first)))
    if rng.random() < 0.03:
        digits = digits[:3] + rng.choice("0123456789") * 7
    text = rng.choice(SHAPES).format(d=digits, a=digits[:3], b=digits[3:6], c=digits[6:8], e=digits[8:])
    if rng.random() < 0.1:
        at = rng.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    if rng.random() < 0.05:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice("0123456789+-( )٣８xдl") + text[at:]
    if rng.random() < 0.1:
        for digit in rng.sample(sorted(LETTERS), 2):
            text = text.replace(digit, rng.choice(LETTERS[digit]), rng.randrange(3))
    return text


def by_library(cell: str) -> list[tuple[str, str, bool]]:
    """What `phonenumbers` reads in one cell after the mending that `cleaning.phones` documents: E.164, country, mobile.

    A row-wise loop over the library, with none of the patterns that the columns are matched by.
    """
    split = re.search(phones.SEVERAL, cell) and not re.search(phones.SCIENTIFIC, cell)
    found: list[tuple[str, str, bool]] = []
    for part in re.split(phones.SEVERAL, cell) if split else [cell]:
        if re.search(phones.NOTHING, part):
            continue
        phone = phones.parse_phone(part)
        if phone is None or re.search(phones.JUNK, phone):
            continue
        number = phonenumbers.parse(phone)
        mobile = phonenumbers.number_type(number) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
        value = (phone, phonenumbers.region_code_for_number(number) or "", mobile)
        if value not in found:
            found.append(value)
    return found
