"""A small random base for the tests of rules: every column that a rule may ask about, filled by chance.

Facts are not computed from the history here: each column has a value of its own, so that no two can be mistaken for
each other.
"""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import models
from django.utils import timezone

from campaigns.models import Campaign, EngagementFacts, LoyaltyFacts, Touch
from segments.models import (
    Brand,
    CardContact,
    CarModel,
    Centre,
    City,
    ConsentState,
    ContactList,
    ContactPoint,
    Customer,
    CustomerFacts,
    CustomerZone,
    Interaction,
    ListedContact,
    Membership,
    RfmScore,
    Salesperson,
    Segment,
    Vehicle,
)
from segments.models.people import Sex
from segments.rfm.codes import CODES
from segments.rules.compile import business_day
from tests.campaigns.histories import make_run
from tests.segments.builders import make_brand, make_centre, make_city, make_model, make_salesperson, make_segment
from tracking.models import NpsAnswer, Response, ResponseFacts

DAYS = (0, 1, 2, 5, 7, 29, 30, 31, 60, 180, 364, 365, 366, 400, 730, 1095, 1461, 12_000)
NUMBERS = (0, 0, 1, 1, 2, 3, 4, 7)
SUMS = tuple(map(Decimal, ("0", "0.50", "999.99", "1000", "300000", "300000.01", "2500000")))
TEXTS = ("", "Дорого", "дорого, скидка 5%", "ДАЛЕКО_ехать", "Передумал покупать")
WORDS = {"condition": Interaction.Condition.values, "sex": Sex.values, "line": Interaction.Line.values}
_numbers = count(1)
CONSENT_CHANNELS = ("email", "sms", "call", "whatsapp", "telegram", "max", "vk", "push", "ads")
KINDS = ("email", "email", "phone", "phone", "telegram", "max", "device")


@dataclass
class Person:
    """All that the database knows of a customer, as plain objects."""

    facts: CustomerFacts
    engagement: EngagementFacts | None = None
    response: ResponseFacts | None = None
    loyalty: LoyaltyFacts | None = None
    zone: CustomerZone | None = None
    interactions: list[Interaction] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    scores: list[NpsAnswer] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # line → RFM code
    segments: set[str] = field(default_factory=set)  # slugs
    lists: set[str] = field(default_factory=set)  # ids
    addresses: list[tuple[ContactPoint, dict[tuple[str, int | None], bool]]] = field(default_factory=list)


def make_dictionaries() -> None:
    """What rules choose from; the base itself is `make_people`."""
    toyota, lada, kia = (make_brand(name) for name in ("Toyota", "LADA", "Kia"))
    make_model(toyota, "Camry"), make_model(kia, "K5"), make_model(kia, "Rio", car_class="B", price_band="")
    make_model(lada, "Vesta", car_class="B", price_band=""), make_model(lada, "4x4", car_class="", price_band="")
    make_city(), make_city("Казань"), make_centre(), make_centre("Максимум Дыбенко")
    make_salesperson(), make_salesperson("Орлов")
    make_segment(slug="vip", name="Лучшие"), make_segment(slug="sleeping", name="Спящие")
    ContactList.objects.create(name="Выставка"), ContactList.objects.create(name="Клуб")
    make_run("email", days_ago=3), make_run("sms", days_ago=40)
    Campaign.objects.filter(channel="sms").update(purpose="service")


class Making:
    """One base, by chance."""

    def __init__(self, chance: random.Random, size: int) -> None:
        self.chance, self.size, self.today, self.now = chance, size, business_day(), timezone.now()
        self.pools = {
            model: list(model.objects.all()) for model in (Brand, CarModel, City, Centre, Salesperson, Campaign)
        }

    def people(self) -> list[Person]:
        customers = Customer.objects.bulk_create(Customer(last_name=f"Человек {n}") for n in range(self.size))
        people = [Person(self.filled(CustomerFacts, customer=each, computed_at=self.now)) for each in customers]
        CustomerFacts.objects.bulk_create(person.facts for person in people)
        for person in people:
            self.surround(person)
        self.save(people)
        return people

    def surround(self, person: Person) -> None:
        chance, who = self.chance, {"customer_id": person.facts.pk}
        if chance.random() < 0.6:
            person.engagement = self.filled(EngagementFacts, customer=person.facts)
        if chance.random() < 0.5:
            person.response = self.filled(ResponseFacts, customer=person.facts)
        if chance.random() < 0.3:
            person.loyalty = self.filled(LoyaltyFacts, customer=person.facts)
        if chance.random() < 0.8:
            zone = chance.choice(("Europe/Moscow", "Asia/Omsk"))
            person.zone = CustomerZone(facts=person.facts, time_zone=zone, source="city")
        person.interactions = [self.document(who) for _ in range(chance.choice((0, 1, 3, 8)))]
        person.touches = [self.filled(Touch, message_id=self.next(), **who) for _ in range(chance.choice((0, 1, 4)))]
        person.responses = [self.filled(Response, key=self.next(), **who) for _ in range(chance.choice((0, 1, 4)))]
        person.scores = [self.score(who) for _ in range(chance.choice((0, 0, 2)))]
        person.vehicles = [
            self.filled(Vehicle, vin=f"XTA{self.next():014}", plate="", year=self.year(), **who)
            for _ in range(chance.choice((0, 1, 1, 2, 3)))
        ]
        lines = ("all", "new", "used", "service", "insurance")
        person.codes = {line: chance.choice(CODES) for line in lines if chance.random() < 0.5}
        person.segments = {slug for slug in ("vip", "sleeping") if chance.random() < 0.4}
        person.addresses = [self.address() for _ in range(chance.choice((0, 1, 3)))]

    def document(self, who: dict) -> Interaction:
        kind = self.chance.choice(Interaction.Kind.values)
        return self.filled(Interaction, kind=kind, source_id=1, external_key=str(self.next()), content_hash=b"", **who)

    def score(self, who: dict) -> NpsAnswer:
        return self.filled(NpsAnswer, message_id=self.next(), score=self.chance.randrange(11), run_id=1, **who)

    def address(self) -> tuple[ContactPoint, dict[tuple[str, int | None], bool]]:
        chance = self.chance
        state = {
            "kind": chance.choice(KINDS),
            "validity": chance.choice(("valid", "valid", "valid", "invalid")),
            "reachability": chance.choice(("unknown", "unknown", "reachable", "unreachable")),
            "is_shared": chance.random() < 0.1,
        }
        brands = [None, None, *(brand.pk for brand in self.pools[Brand])]
        said = {(chance.choice(CONSENT_CHANNELS), chance.choice(brands)): chance.random() < 0.7 for _ in range(6)}
        return ContactPoint(value=f"address {self.next()}", **state), said

    def save(self, people: list[Person]) -> None:
        EngagementFacts.objects.bulk_create(person.engagement for person in people if person.engagement)
        LoyaltyFacts.objects.bulk_create(person.loyalty for person in people if person.loyalty)
        ResponseFacts.objects.bulk_create(person.response for person in people if person.response)
        CustomerZone.objects.bulk_create(person.zone for person in people if person.zone)
        for model, name in (
            (Interaction, "interactions"),
            (Touch, "touches"),
            (Response, "responses"),
            (NpsAnswer, "scores"),
            (Vehicle, "vehicles"),
        ):
            model.objects.bulk_create(row for person in people for row in getattr(person, name))
        RfmScore.objects.bulk_create(
            RfmScore(
                customer_id=person.facts.pk, line=line, code=code, last_day=self.today, since=self.today,
                purchases=1, money=1,
            )
            for person in people for line, code in person.codes.items()
        )  # fmt: skip
        segments = {each.slug: each for each in Segment.objects.all()}
        Membership.objects.bulk_create(
            Membership(segment=segments[slug], customer_id=person.facts.pk)
            for person in people
            for slug in person.segments
        )
        self.save_addresses(people)

    def save_addresses(self, people: list[Person]) -> None:
        held = [(person, point, said) for person in people for point, said in person.addresses]
        ContactPoint.objects.bulk_create(point for _person, point, _said in held)
        CardContact.objects.bulk_create(
            CardContact(card_id=self.next(), contact_point=point, customer_id=person.facts.pk)
            for person, point, _said in held
        )
        ConsentState.objects.bulk_create(
            ConsentState(
                contact_point=point, channel=channel, purpose="advertising", brand_id=brand, given=given,
                origin="import", log_id=1,
            )
            for _person, point, said in held for (channel, brand), given in said.items()
        )  # fmt: skip
        for each in ContactList.objects.all():
            for person, point, _said in held:
                if self.chance.random() < 0.3:
                    ListedContact.objects.create(contact_list=each, contact_point=point)
                    person.lists.add(str(each.pk))

    def filled(self, model: type[models.Model], **given: Any) -> Any:
        """An unsaved row: what is not given is drawn by the type of its column."""
        drawn = {
            column.name: self.drawn(column)
            for column in model._meta.concrete_fields
            if not {column.name, column.attname} & set(given) and not isinstance(column, models.AutoField)
        }
        return model(**drawn, **given)

    def drawn(self, column: models.Field) -> Any:
        if column.null and self.chance.random() < 0.3:
            return None
        if column.is_relation:
            pool = self.pools.get(column.related_model)
            return self.chance.choice(pool) if pool else None
        by_type: dict[str, Callable[[], Any]] = {
            "DateField": self.day,
            "DateTimeField": self.moment,
            "BooleanField": lambda: self.chance.random() < 0.5,
            "DecimalField": lambda: self.chance.choice(SUMS),
            "CharField": lambda: self.word(column),
            "JSONField": dict,
        }  # fmt: skip
        return by_type.get(column.get_internal_type(), lambda: self.chance.choice(NUMBERS))()

    def word(self, column: models.Field) -> str:
        if column.name.endswith("channel"):
            return self.chance.choice(("email", "sms", "telegram", *([""] if column.blank else [])))
        if column.choices:
            return self.chance.choice([value for value, _label in column.choices] + [""] * column.blank)
        known = next((words for name, words in WORDS.items() if name in column.name), None)
        return self.chance.choice(["", *known]) if known else self.chance.choice(TEXTS)

    def day(self) -> dt.date:
        if self.chance.random() < 0.05:
            return self.chance.choice((dt.date(1984, 2, 29), dt.date(1990, 12, 31), dt.date(1991, 1, 1)))
        return self.today + dt.timedelta(days=self.chance.choice((-1, -1, -1, 1)) * self.chance.choice(DAYS))

    def moment(self) -> dt.datetime:
        return self.now + dt.timedelta(days=-self.chance.choice(DAYS), hours=self.chance.randrange(-23, 24))

    def year(self) -> int | None:
        return self.chance.choice((None, *(self.today.year - each for each in range(9))))

    def next(self) -> int:
        return next(_numbers)


def make_people(seed: int, size: int = 30) -> list[Person]:
    return Making(random.Random(seed), size).people()
