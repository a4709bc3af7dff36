"""Consents by channel and brand: given, withdrawn, never said."""

from typing import Any

from segments.consents import record_consent
from segments.models import Customer
from tests.segments.builders import make_brand, make_contact
from tests.segments.rule_case import RuleCase, leaf


class Consents(RuleCase):
    def said(self, *decisions: tuple[bool, str | None], channel: str = "sms") -> Customer:
        """A person with a phone who said these (yes or no, brand)."""
        person = self.person()
        number = f"+7921{person.pk:07}"
        contact = make_contact(person, number)
        for given, brand in decisions:
            details: dict[str, Any] = {"purpose": "advertising", "origin": "person"}
            record_consent(
                contact_point_ids=[contact.pk], channels=[channel], given=given,
                brand_id=make_brand(brand).pk if brand else None, **details,
            )  # fmt: skip
        return person

    def test_given_withdrawn_and_never_said(self) -> None:
        agreed, refused, silent = self.said((True, None)), self.said((False, None)), self.said()
        self.assertEqual(self.found(leaf("sms_consent", "is", True)), {agreed})
        self.assertEqual(self.found(leaf("sms_consent", "is", False)), {refused, silent})
        self.assertEqual(self.found(leaf("sms_consent", "withdrawn")), {refused})
        self.assertEqual(self.found({"not": leaf("sms_consent", "withdrawn")}), {agreed, silent})
        self.assertEqual(self.found(leaf("call_consent", "is", True)), set())

    def test_for_a_brand(self) -> None:
        make_brand("Lada")
        everything, toyota, all_but = (
            self.said((True, None)),
            self.said((True, "Toyota")),
            self.said((True, None), (False, "Toyota")),
        )
        refused = self.said((False, None), (True, "Toyota"))
        self.assertEqual(self.found(leaf("sms_consent", "for_brand", ["Toyota"])), {everything, toyota})
        self.assertEqual(self.found(leaf("sms_consent", "for_brand", ["Lada"])), {everything, all_but})
        self.assertEqual(
            self.found(leaf("sms_consent", "for_brand", ["Lada", "Toyota"])), {everything, toyota, all_but}
        )
        self.assertEqual(self.found(leaf("sms_consent", "not_for_brand", ["Toyota"])), {all_but, refused})
        self.assertEqual(self.found({"not": leaf("sms_consent", "not_for_brand", ["Toyota"])}), {everything, toyota})

    def test_platforms_may_have_any_address_that_its_owner_gave_them(self) -> None:
        by_phone = self.said((True, None), channel="ads")
        by_letter, refused = self.person(), self.said((False, None), (True, "Lada"), channel="ads")
        email = make_contact(by_letter, "anna@example.test", kind="email")
        details: dict[str, Any] = {"purpose": "advertising", "origin": "person"}
        record_consent(contact_point_ids=[email.pk], channels=["ads"], given=True, brand_id=None, **details)
        of_mailings = self.said((True, None))
        self.assertEqual(self.found(leaf("ads_consent", "is", True)), {by_phone, by_letter})
        self.assertEqual(self.found(leaf("ads_consent", "is", False)), {refused, of_mailings})
        self.assertEqual(self.found(leaf("ads_consent", "withdrawn")), {refused})
        self.assertEqual(self.found(leaf("ads_consent", "for_brand", ["Lada"])), {by_phone, by_letter})

    def test_an_address_that_is_not_valid_says_nothing(self) -> None:
        person = self.said((True, None))
        person.contacts.get().contact_point.__class__.objects.update(validity="invalid")
        self.assertEqual(self.found(leaf("sms_consent", "is", True)), set())
