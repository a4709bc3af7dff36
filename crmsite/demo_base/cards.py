"""The cards one person has in the CRM: one, or several opened by other centres."""

import random

from crmsite.demo_base.catalogue import CENTRES, CITY_NOISE, NO_MAIL, NO_PHONE
from crmsite.demo_base.dirt import dirty_date, dirty_mail, dirty_name, dirty_phone
from crmsite.demo_base.people import Person

BETWEEN_PHONES = [", ", "; ", " / ", "\n"]
REMARKS = [
    *[""] * 4,
    "перезвонить; после обеда",
    'просил "скидку"',
    "VIP\nзвонить после 18",
    "не звонить!!!",
    "тест-драйв",
]
NOBODY = ["ТЕСТ ТЕСТОВ", "Розничный покупатель", "яяя не использовать", "Физ. лицо", "???"]


def cards_of(rng: random.Random, person: Person, hub_phone: str) -> list[dict[str, str]]:
    """`hub_phone`: a manager's own number that stands on hundreds of cards."""
    count = rng.choices([1, 2, 3, 4, 6], [70, 19, 7, 3, 1])[0]
    return [_card(rng, person, hub_phone, is_first=not i) for i in range(count)]


def card_of_nobody(rng: random.Random, code: str) -> dict[str, str]:
    """What testers and cashiers leave behind."""
    return {
        "Код": code,
        "Наименование": rng.choice(NOBODY),
        "Телефон": rng.choice(NO_PHONE),
        "E-mail": rng.choice(NO_MAIL),
        "Подразделение": rng.choice(CENTRES),
    }


def _card(rng: random.Random, person: Person, hub_phone: str, *, is_first: bool) -> dict[str, str]:
    phone, other = _phones(rng, person, is_first=is_first)
    if rng.random() < 0.02:
        phone = rng.choice(NO_PHONE)
    if rng.random() < 0.004:
        phone = dirty_phone(rng, hub_phone)
    city = person.city
    if city in CITY_NOISE and rng.random() < 0.3:
        city = rng.choice(CITY_NOISE[city])
    with_company = person.company and rng.random() < 0.6
    name = dirty_name(rng, person)
    return {
        "Наименование": f"{person.company} ({name})" if with_company else name,
        "Телефон": phone,
        "Доп. телефон": other,
        "E-mail": dirty_mail(rng, person.email if is_first or rng.random() < 0.7 else ""),
        "Дата рождения": dirty_date(rng, person.born if is_first or rng.random() < 0.8 else None),
        "Пол": rng.choice(["", *(("Ж", "Женский") if person.female else ("М", "Мужской"))]),
        "Город": city,
        "Согласие на рассылку": rng.choices(["Да", "Нет", "", "1", "0"], [46, 12, 34, 6, 2])[0],
        "Комментарий": rng.choice(REMARKS),
    }


def _phones(rng: random.Random, person: Person, *, is_first: bool) -> tuple[str, str]:
    phone, other = dirty_phone(rng, person.phones[0]), ""
    if len(person.phones) > 1:
        if rng.random() < 0.5:
            phone += rng.choice(BETWEEN_PHONES) + dirty_phone(rng, person.phones[1])
        else:
            other = dirty_phone(rng, person.phones[1])
    if not is_first and rng.random() < 0.15:
        phone = ""
    return phone, other
