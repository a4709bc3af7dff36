"""Finding customers by what a person on the phone can say: a name, a phone or its end, an e-mail, a car, a card.

Each way has its own index and a limit, so that a search costs milliseconds whatever the size of the base
(`tests/benchmarks/test_search.py`). Ways that the text fits are all tried: six digits end a phone or a VIN.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import BooleanField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Right
from django.db.models.lookups import Exact
from rapidfuzz.distance import OSA

from segments.cleaning.phones import parse_phone
from segments.models import Card, CardContact, ContactPoint, Customer, Source, Vehicle
from segments.models.people import ContactKind

MANY = 200  # an address or a car leads to few; of a beginning that thousands share, the first of them do
NAMESAKES = 2_000  # up to here their ids are taken by the index of words; a commoner name is met soon in name order
SIMILAR, CANDIDATES = 50, 3_000
SEPARATORS = '"«»().,-/'

PHONE = re.compile(r"^\+?[\d\s().\-–—]+$")
EMAIL = re.compile(r"^[\w.+\-]{3,}(@[\w.\-]*)?$", re.ASCII)
PLATE = re.compile(r"^[ABEKMHOPCTYX]\d{3}[ABEKMHOPCTYX]{2}\d{0,3}$")
CAR_LETTERS = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX", " -")

# The expression of the index customer_name_words (migration 0040): the words of the name, as they stand.
NAME_WORDS = f"""
array_to_tsvector(array_remove(string_to_array(translate("segments_customer"."name_key", '{SEPARATORS}',
                                                         '{" " * len(SEPARATORS)}'), ' '), ''))
""".strip()
BEGIN = f"{NAME_WORDS} @@ %s::tsquery"
AMONG = '"segments_customer"."id" = ANY(%s)'
NOT_BY_INDEX = {"name_key": Concat("name_key", Value("")).asc(), "-name_key": Concat("name_key", Value("")).desc()}


class Found(NamedTuple):
    """`is_similar`: nobody is called so, these are the nearest names."""

    customers: QuerySet[Customer]
    is_similar: bool = False


def find(customers: QuerySet[Customer], text: str) -> Found:
    """Customers among `customers` whom `text` means. Words of a name may come in any order, each from its beginning."""
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        return Found(customers)
    ids, words = _by_address_or_car(text), _words(text)
    if not words or (ids and any(character.isdigit() for character in text)):
        return Found(_few(customers, ids))
    called = Customer.objects.filter(_begin(words), merged_into=None)
    named = list(called.order_by().values_list("pk", flat=True)[: NAMESAKES + 1])
    if len(named) > NAMESAKES:
        return Found(customers.filter(_begin(words)))
    if named or ids:
        return Found(_few(customers, {*named, *ids}))
    return Found(_few(customers, _similar(words)), is_similar=True)


def _few(customers: QuerySet[Customer], ids: Iterable[int]) -> QuerySet[Customer]:
    """Those of `customers` with these ids, in their order: sorted, for the planner would rather walk the index of
    names until it has met a page of them, and a surname in С lies behind 300,000 others."""
    order = [NOT_BY_INDEX.get(by, by) if isinstance(by, str) else by for by in customers.query.order_by]
    return customers.filter(RawSQL(AMONG, (list(ids),), output_field=BooleanField())).order_by(*order)


def _by_address_or_car(text: str) -> set[int]:
    ids: set[int] = set()
    if PHONE.match(text):
        ids.update(_by_phone(text))
    elif EMAIL.match(text):
        ids.update(_holders(_addresses(ContactKind.EMAIL).filter(value__startswith=text.lower())))
    if any(character.isdigit() for character in text):
        ids.update(_by_code(text))
        ids.update(_by_car(text.upper().translate(CAR_LETTERS)))
    return ids


def _addresses(kind: str) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(kind=kind).order_by("value")


def _holders(points: QuerySet[ContactPoint]) -> list[int]:
    ids = list(points.values_list("pk", flat=True)[:MANY])
    return list(CardContact.objects.filter(contact_point__in=ids).values_list("customer", flat=True)[:MANY])


def _by_phone(text: str) -> list[int]:
    """A whole number of any shape; the beginning of one («8 (960) 12», «+7960»); its last four digits or more."""
    phones, digits = _addresses(ContactKind.PHONE), re.sub(r"\D", "", text)
    whole = parse_phone(text)
    if whole and (holders := _holders(phones.filter(value=whole))):
        return holders
    if len(digits) < 4:
        return []
    found = []
    if text[0] == "+" or "(" in text or len(digits) >= 8:
        found = _holders(phones.filter(value__startswith=_international(text, digits)))
    if text[0] != "+" and len(digits) <= 10:
        ending = phones.order_by().filter(Exact(Right("value", 4), digits[-4:]), value__endswith=digits)
        found += _holders(ending)
    return found


def _international(text: str, digits: str) -> str:
    if text[0] == "+":
        return f"+{digits}"
    return "+7" + (digits[1:] if digits[0] in "78" else digits)


def _by_code(text: str) -> list[int]:
    # The index begins with the source: named sources make it equalities instead of a scan.
    sources = list(Source.objects.values_list("pk", flat=True))
    cards = Card.objects.filter(source__in=sources, code__in={text, text.upper()})
    return list(cards.values_list("customer", flat=True)[:MANY])


def _by_car(text: str) -> list[int]:
    """A VIN, its last six characters or more, a plate with or without the region; `text` in Latin letters."""
    cars = Vehicle.objects.filter(customer__isnull=False).order_by()
    if PLATE.match(text):
        cars = cars.filter(~Q(plate=""), plate__startswith=text)
    elif len(text) == 17:
        cars = cars.filter(~Q(vin=""), vin=text)
    elif 6 <= len(text) < 17 and text.isalnum():
        cars = cars.filter(Exact(Right("vin", 6), text[-6:]), ~Q(vin=""), vin__endswith=text)
    else:
        return []
    return list(cars.values_list("customer", flat=True)[:MANY])


def _words(text: str) -> list[str]:
    """As they stand in the index: lower case, ё → е."""
    plain = text.lower().replace("ё", "е").translate(str.maketrans(dict.fromkeys(SEPARATORS, " ")))
    return plain.split()


def _begin(words: list[str]) -> RawSQL:
    """Each of the words begins a word of the name."""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    query = " & ".join(f"'{word}':*" for word in quoted)
    return RawSQL(BEGIN, (query,), output_field=BooleanField())


def _similar(words: list[str]) -> list[int]:
    """Names a slip away, nearest first: the first three letters of each word are right, and the rest is alike."""
    begun = Customer.objects.filter(_begin([word[:3] for word in words]), merged_into=None).order_by()
    named = list(begun.values_list("pk", "name_key")[:CANDIDATES]) if any(len(word) > 3 for word in words) else []
    far = ((_distance(words, _words(name)), pk) for pk, name in named)
    return [pk for _distance_, pk in sorted(pair for pair in far if pair[0] is not None)[:SIMILAR]]


def _distance(words: list[str], name: list[str]) -> int | None:
    """Slips between the words and the words of a name; None where one of them is another word altogether."""
    total = 0
    for word in words:
        slips = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        least = min((OSA.distance(word, each, score_cutoff=slips) for each in name), default=slips + 1)
        if len(word) >= 4 and least > slips:
            return None
        total += least
    return total
