"""Every loose key is checked, and what points nowhere is counted."""

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from segments import orphans
from segments.models import Card, CardContact, ContactPoint, Customer, NightWork
from tests.segments.builders import make_card, make_consent, make_contact, make_customer, make_interaction, make_vehicle


class Orphans(TestCase):
    def test_a_healthy_base_has_none(self) -> None:
        customer = make_customer()
        make_consent(make_contact(customer))
        make_interaction(customer, card=make_card(customer), vehicle=make_vehicle(customer))
        make_interaction(None)
        found = orphans.check()
        self.assertEqual(found["orphans"], {})
        self.assertEqual(found["checked"], len(list(orphans.references())))

    def test_what_points_nowhere_is_counted_by_key(self) -> None:
        customer = make_customer()
        contact = make_contact(customer)
        make_consent(contact)
        make_vehicle(customer)
        make_interaction(customer, card=Card.objects.get())
        self.lose(Customer, ContactPoint, Card)
        found = {name: entry["rows"] for name, entry in orphans.check()["orphans"].items()}
        self.assertEqual(
            found,
            {"cardcontact.card": 1, "cardcontact.contact_point": 1, "cardcontact.customer": 1, "vehicle.customer": 1,
             "consent.contact_point": 1, "consentstate.contact_point": 1, "interaction.customer": 1,
             "interaction.card": 1},
        )  # fmt: skip

    def lose(self, *models: type) -> None:
        with connection.cursor() as cursor:
            for model in models:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")

    def test_the_keys_that_matter_are_among_those_checked(self) -> None:
        names = {reference.name for reference in orphans.references()}
        self.assertLessEqual(
            {"card.customer", "cardcontact.card", "cardcontact.contact_point", "interaction.customer", "membership.segment",
             "interaction.vehicle", "vehicle.customer", "consentstate.contact_point", "customerfacts.customer",
             "customer.merged_into", "reviewpair.card_a"},
            names,
        )  # fmt: skip

    def test_the_last_result_in_words_with_examples(self) -> None:
        self.assertEqual(orphans.last_found(), [])
        contact = make_contact(make_customer())
        lost = CardContact.objects.get(contact_point=contact)
        self.lose(Card)
        NightWork.objects.create(name="orphans", result=orphans.check(), done_at=timezone.now())
        (words, rows, examples), *others = orphans.last_found()
        self.assertEqual((rows, examples, others), (1, [str(lost.pk)], []))
        self.assertIn("→", words)
