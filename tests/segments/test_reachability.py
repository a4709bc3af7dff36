from django.test import TestCase

from segments.models import ContactPoint
from segments.reachability import LONGEST_WHY, mark_reachable, mark_unreachable
from tests.segments.builders import make_contact, make_customer


class MarkTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        customer = make_customer()
        cls.one, cls.other = make_contact(customer, "a@x.test"), make_contact(customer, "b@x.test")

    def test_each_gets_its_reason_and_keeps_the_first(self) -> None:
        self.assertEqual(mark_unreachable({self.other.pk: "б" * 300, self.one.pk: "5.1.1"}), 2)
        self.assertEqual(mark_unreachable({self.one.pk: "later", 10**9: "nobody"}), 0)
        why = dict(ContactPoint.objects.filter(reachability="unreachable").values_list("value", "why"))
        self.assertEqual(why, {"a@x.test": "5.1.1", "b@x.test": "б" * LONGEST_WHY})

    def test_nothing_is_asked_of_nobody(self) -> None:
        with self.assertNumQueries(0):
            self.assertEqual(mark_unreachable({}), 0)

    def test_whoever_is_there_again_is_tried_again(self) -> None:
        mark_unreachable({self.one.pk: "gone"})
        self.assertEqual(mark_reachable([self.one.pk, self.other.pk]), 1)
        self.one.refresh_from_db()
        self.assertEqual((self.one.reachability, self.one.why), ("unknown", ""))
