"""What one person did with the holding: bought, looked, had a car serviced, sold one."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crmsite.demo_base.catalogue import BRAND_NOISE, BRANDS, REFUSALS
from crmsite.demo_base.dirt import dirty_plate, money

START = date(2013, 1, 1)
FACTORIES = ["XW8", "Z94", "XWE", "X7L", "JMB", "Z8N", "WBA", "XTA", "LVV"]
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
CYRILLIC = dict(zip("ABCEHKMOPTXY", "АВСЕНКМОРТХУ", strict=True))
SALE, VISIT, SERVICE, INSURANCE = "Продажа автомобиля", "Посещение", "Заказ-наряд", "Страхование"
BUYOUT = "Выкуп автомобиля"


@dataclass
class Car:
    brand: str
    model: str
    vin: str
    plate: str
    year: int


@dataclass
class Story:
    """One person's documents as they come.

    `brand` is whom she is loyal to now; the clerks go on writing `first_brand`, as clerks do.
    """

    rng: random.Random
    today: date
    brand: str = ""
    first_brand: str = ""
    models: list[tuple[str, str, int]] = field(default_factory=list)
    documents: list[dict] = field(default_factory=list)

    def choose_brand(self) -> None:
        self.brand, _share, self.models = self.rng.choices(BRANDS, [brand[1] for brand in BRANDS])[0]
        self.first_brand = self.first_brand or self.brand

    def add(self, kind: str, when: date, car: Car | None = None, **details: Any) -> None:
        """`details`: amount in roubles, reason, new, model (when there is no car)."""
        rng, brand, new = self.rng, self.first_brand, details.get("new", True)
        shown = rng.choice(BRAND_NOISE[brand]) if brand in BRAND_NOISE and rng.random() < 0.2 else brand
        vin = self._written_vin(car) if car else ""
        time = f"{rng.randrange(9, 21)}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
        amount = details.get("amount", 0)
        self.documents.append(
            {
                "Дата": f"{when:%d.%m.%Y} {time}",
                "Вид операции": kind,
                "Марка": shown,
                "Модель": details.get("model") or (car.model if car else ""),
                "VIN": vin,
                "Гос. номер": car.plate if car else "",
                "Год выпуска": car.year if car else "",
                "Состояние": ("Новый" if new else "С пробегом") if kind in (SALE, VISIT) else "",
                "Сумма документа": money(rng, amount) if amount else "",
                "Причина отказа": details.get("reason", ""),
            }
        )

    def price(self, base: int, when: date) -> int:
        return int(base * 1000 * (0.55 + 0.05 * (when.year - 2013)) * self.rng.uniform(0.9, 1.25)) // 1000 * 1000

    def car(self, model: str) -> Car:
        """Its year is set by who knows its age."""
        vin = self.rng.choice(FACTORIES) + "".join(self.rng.choice(VIN_LETTERS) for _ in range(8))
        vin += f"{self.rng.randrange(10**6):06d}"
        return Car(self.brand, model, vin, dirty_plate(self.rng), 0)

    def _written_vin(self, car: Car) -> str:
        if self.rng.random() >= 0.06:
            return car.vin
        return "".join(CYRILLIC.get(c, c) if self.rng.random() < 0.5 else c for c in car.vin)


def documents_of(rng: random.Random, today: date) -> list[dict]:
    story = Story(rng, today)
    story.choose_brand()
    when = START + timedelta(days=rng.randrange((today - START).days))
    fate = rng.choices([_owner, _walk_in, _service_client, _seller], [46, 27, 20, 7])[0]
    fate(story, when)
    return story.documents


def _owner(story: Story, when: date) -> None:
    rng = story.rng
    while when <= story.today:
        model, _segment, base = rng.choice(story.models)
        new = rng.random() < 0.72
        car = story.car(model)
        car.year = when.year - (0 if new else rng.randrange(2, 9))
        story.add(SALE, when, car, amount=int(story.price(base, when) * (1 if new else 0.6)), new=new)
        if rng.random() < 0.6:
            insured = when + timedelta(days=rng.randrange(3))
            story.add(INSURANCE, insured, car, amount=rng.randrange(20, 120) * 1000)
        _serve_yearly(story, when, car)
        when += timedelta(days=int(rng.gauss(4.1 * 365, 500)))
        if rng.random() > 0.42:
            break
        if rng.random() < 0.35:
            story.choose_brand()


def _serve_yearly(story: Story, when: date, car: Car) -> None:
    while story.rng.random() < 0.74:
        when += timedelta(days=int(story.rng.gauss(340, 90)))
        if when > story.today:
            break
        story.add(SERVICE, when, car, amount=story.rng.randrange(6, 90) * 500)


def _walk_in(story: Story, when: date) -> None:
    rng = story.rng
    for _visit in range(rng.choice([1, 1, 1, 2, 3])):
        model, _segment, base = rng.choice(story.models)
        if when <= story.today:
            amount, reason, new = story.price(base, when), rng.choice(REFUSALS), rng.random() < 0.6
            story.add(VISIT, when, amount=amount, reason=reason, new=new, model=model)
        when += timedelta(days=rng.randrange(2, 60))


def _service_client(story: Story, when: date) -> None:
    rng = story.rng
    model, _segment, _base = rng.choice(story.models)
    car = story.car(model)
    car.year = when.year - rng.randrange(1, 12)
    for _order in range(rng.randrange(1, 7)):
        if when <= story.today:
            story.add(SERVICE, when, car, amount=rng.randrange(6, 120) * 500)
        when += timedelta(days=rng.randrange(60, 500))


def _seller(story: Story, when: date) -> None:
    model, _segment, base = story.rng.choice(story.models)
    car = story.car(model)
    car.year = when.year - story.rng.randrange(3, 12)
    if when <= story.today:
        story.add(BUYOUT, when, car, amount=int(story.price(base, when) * 0.5), new=False)
