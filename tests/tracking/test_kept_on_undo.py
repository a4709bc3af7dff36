from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments.importing import undo_keeps
from segments.models import Customer
from tests.segments.builders import make_customer
from tracking.models import Call

WHY = "SELECT {why} FROM segments_customer AS c WHERE c.id = %s"


class KeptOnUndo(TestCase):
    def why(self, customer: Customer) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(WHY.format(why=undo_keeps.why_kept("c.id", "customers")), [customer.pk])
            return cursor.fetchone()[0]

    def test_who_called_stays(self) -> None:
        caller, other = make_customer(), make_customer()
        Call.objects.create(customer=caller, started_at=timezone.now(), caller="+79211234567")
        self.assertEqual((self.why(caller), self.why(other)), ("phone_calls", None))
        self.assertNotEqual(undo_keeps.label("phone_calls"), "phone_calls")
