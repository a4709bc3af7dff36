from unittest import mock

from django import forms
from django.test import SimpleTestCase

from campaigns import plan_fields
from campaigns.models import Campaign
from campaigns.plan_fields import PlanField


def make_field(name: str, *faults: str) -> PlanField:
    return PlanField(
        name=name,
        form_field=lambda campaign: forms.CharField(),
        load=lambda campaign: None,
        save=lambda campaign, value: None,
        check=lambda campaign: list(faults),
    )


class PlanFieldTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(plan_fields._fields, clear=True))

    def test_all_that_the_fields_forbid(self):
        plan_fields.register(make_field("number", "Нет номера."))
        plan_fields.register(make_field("gift"))
        plan_fields.register(make_field("promo", "Нет промокода.", "Нет срока."))
        self.assertEqual(plan_fields.check(Campaign()), ["Нет номера.", "Нет промокода.", "Нет срока."])

    def test_registering_again_replaces(self):
        plan_fields.register(make_field("number", "Нет номера."))
        plan_fields.register(make_field("number"))
        self.assertEqual([field.name for field in plan_fields.every()], ["number"])
        self.assertEqual(plan_fields.check(Campaign()), [])
