"""The same rows by the ways of the trade: django-import-export, and a loop with `bulk_create`.

Both do less: no names are cleaned, nobody is identified, no consent, golden record or facts.
"""

import csv
import io
from datetime import date
from itertools import islice

import phonenumbers
import pytest
import tablib
from django.db import transaction
from django.test import TestCase
from import_export import fields, resources

from crmsite.demo_base.export import export
from segments.importing import running
from segments.models import Card, CardContact, ContactPoint, Customer, ImportBatch, Source
from tests.benchmarks.measure import Bench
from tests.media import own_media

CARDS = 20_000
PEOPLE = 15_000
CODE, NAME, PHONES = "Код", "Наименование", "Телефон"


class CardResource(resources.ModelResource):
    """A card and its raw name, each row on its own."""

    code = fields.Field(column_name=CODE, attribute="code")
    last_name = fields.Field(column_name=NAME, attribute="last_name")

    class Meta:
        model = Card
        import_id_fields = ("code",)
        fields = ("code", "last_name")

    def before_save_instance(self, instance: Card, row: dict[str, str], **kwargs: object) -> None:
        instance.source = kwargs["source"]
        instance.last_name = instance.last_name[:120]
        instance.customer = Customer.objects.create(last_name=instance.last_name)
        instance.content_hash = instance.code.encode()


def phones_of(cell: str) -> list[str]:
    found = phonenumbers.PhoneNumberMatcher(cell, "RU")
    return list({phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) for match in found})


@pytest.mark.bench
class PeersBench(TestCase):
    def setUp(self) -> None:
        folder = own_media(self)
        export(PEOPLE, 7, folder, today=date(2026, 11, 1))
        with (folder / "counterparties.csv").open(encoding="cp1251", newline="") as file:
            header, *rows = islice(csv.reader(file, delimiter=";"), CARDS + 1)
        self.header, self.rows = header, rows
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows([header, *rows])
        self.file = text.getvalue().encode("cp1251")
        self.source = Source.objects.create(name="Peers")

    def ours(self) -> None:
        with transaction.atomic():
            batch = running.receive("Bench", cards=io.BytesIO(self.file))
            running.confirm(batch, background=False)
            self.assertEqual(running.run(batch.pk).state, ImportBatch.State.DONE)
            transaction.set_rollback(True)

    def import_export(self) -> None:
        with transaction.atomic():
            dataset = tablib.Dataset(*self.rows, headers=self.header)
            result = CardResource().import_data(dataset, raise_errors=True, source=self.source)
            self.assertEqual(result.totals["new"], len(self.rows))
            transaction.set_rollback(True)

    def bulk_create(self) -> None:
        with transaction.atomic():
            places = {name: at for at, name in enumerate(self.header)}
            customers = Customer.objects.bulk_create(Customer(last_name=row[places[NAME]][:120]) for row in self.rows)
            cards = Card.objects.bulk_create(
                Card(source=self.source, customer=customer, code=row[places[CODE]], content_hash=b"")
                for customer, row in zip(customers, self.rows, strict=True)
            )
            held = [phones_of(row[places[PHONES]]) for row in self.rows]
            wanted = sorted({phone for phones in held for phone in phones})
            ContactPoint.objects.bulk_create(ContactPoint(kind="phone", value=phone) for phone in wanted)
            points = dict(ContactPoint.objects.filter(kind="phone").values_list("value", "pk"))
            CardContact.objects.bulk_create(
                CardContact(card=card, customer_id=card.customer_id, contact_point_id=points[phone])
                for card, phones in zip(cards, held, strict=True)
                for phone in phones
            )
            transaction.set_rollback(True)

    def test_import_export(self) -> None:
        Bench("import_against_import_export", limit=0.15, n=len(self.rows), reps=1).compare(
            self.ours, self.import_export
        )

    def test_bulk_create(self) -> None:
        Bench("import_against_bulk_create", limit=1, n=len(self.rows), reps=3).compare(self.ours, self.bulk_create)
