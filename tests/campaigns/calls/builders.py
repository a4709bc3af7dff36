"""Calls to make, for tests."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import CallTask
from segments.models import Customer
from tests.segments.builders import make_centre, make_consent, make_contact, make_customer, make_facts

PHONE = "+79161234567"


def make_callable(phone: str = PHONE, **facts: Any) -> Customer:
    """A customer of a centre with a phone that may be called."""
    customer = make_customer()
    make_consent(make_contact(customer, phone), channels=["sms"])
    make_facts(customer, **{"home_centre": make_centre()} | facts)
    return customer


def make_call_task(customer: Customer, *, due_in: float = 5, **fields: Any) -> CallTask:
    """An open call that is due in so many hours."""
    due = timezone.now() + timedelta(hours=due_in)
    fields = {"centre": make_centre(), "reason": "Была в салоне, не купила", "deadline": due, "due_at": due} | fields
    return CallTask.objects.create(customer=customer, **fields)
