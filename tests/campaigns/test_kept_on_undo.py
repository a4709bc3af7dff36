from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments.importing import undo_plan
from segments.models import Consent, ContactPoint, Customer, ImportBatch
from tests.campaigns.builders import make_reader
from tests.campaigns.room import empty_outbox
from tests.segments.builders import make_source
from tests.tracking.builders import make_message, make_run


class KeptOnUndo(TestCase):
    def test_who_was_written_to_stays_with_her_address(self) -> None:
        self.addCleanup(empty_outbox)
        batch = ImportBatch.objects.create(source=make_source(), state="done", finished_at=timezone.now())
        written, other = make_reader(), make_reader()
        ContactPoint.objects.update(first_batch_id=batch.pk)
        Customer.objects.update(first_batch_id=batch.pk)
        Consent.objects.update(batch_id=batch.pk)
        make_message(make_run(), written)
        for customer in (written, other):
            customer.cards.update(first_batch_id=batch.pk, last_batch_id=batch.pk)
        with connection.cursor() as cursor:
            undo_plan.classify(cursor, batch)
            undo_plan.classify_contacts(cursor, batch.pk)
            cursor.execute("SELECT id, fate, reason FROM undo_row WHERE kind = 'customer' ORDER BY id")
            people = cursor.fetchall()
            cursor.execute("SELECT fate, reason FROM undo_row WHERE kind = 'contact'")
            contacts = set(cursor.fetchall())
        self.assertEqual(people, [(written.pk, "keep", "messages"), (other.pk, "remove", "")])
        self.assertEqual(contacts, {("keep", "messages"), ("remove", "")})
